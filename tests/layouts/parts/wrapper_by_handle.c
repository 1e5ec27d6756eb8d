/* The other hooking library, with a handle of its own. */
#define BY_HANDLE
#include "tests/layouts/parts/wrapper.c"
