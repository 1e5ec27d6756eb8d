/* The program, linked with libcurl. */
#define LINKED
#include "tests/layouts/parts/program.c"
