// A connection to the proxy, byte by byte.
#ifndef VESPA_TESTS_PROXY_LINE_H
#define VESPA_TESTS_PROXY_LINE_H

#include "tests/proxy/proxy.h"

// A TCP connection to the proxy; closed by the caller.
int line_dial(const struct proxy_fixture *fixture);

// Sends a text.
void line_say(int line, const char *text);

// Reads until the text has come, or the other side has closed ("": until then). Owned by the
// caller.
char *line_hear(int line, const char *text);

// Reads until the text has come.
void line_assert_hears(int line, const char *text);

#endif
