// Questions to the person at the terminal.
#ifndef VESPA_CLI_PROMPT_H
#define VESPA_CLI_PROMPT_H

#include <stdbool.h>

// Prints the question on standard error and reads one line of standard input, without white space
// around it, to be freed. secret: what is typed at a terminal is not shown. NULL: there is none.
char *vespa_prompt(const char *question, bool secret);

#endif
