// Files with a token, a certificate or a private key.
#ifndef VESPA_CLI_PROXY_SECRETS_H
#define VESPA_CLI_PROXY_SECRETS_H

#include <stdbool.h>

// Reads a file, without the line end behind its last line; *text is to be freed, and NULL where
// path is. secret: others must not be able to read it. False when that cannot be done, which was
// said on standard error.
bool vespa_secret_read(const char *path, bool secret, char **text);

// Overwrites and frees. NULL is allowed.
void vespa_secret_free(char *text);

#endif
