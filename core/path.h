/* The beginnings of paths by which rules tell requests to one host apart. */
#ifndef VESPA_CORE_PATH_H
#define VESPA_CORE_PATH_H

#include "core/slice.h"

/*
 * Whether a request's path, which may be followed by a query, begins with these segments:
 * "/v1/chat" is the beginning of "/v1/chat" and "/v1/chat/completions" but not of "/v1/chats";
 * "/v1/chat/" is that of "/v1/chat/completions" but not of "/v1/chat". An empty path is "/".
 *
 * Percent-encoding is resolved and dot segments are removed first, as a server would: what looks
 * like another path is not another one. A path of more than 2,048 bytes that needs either begins
 * with nothing.
 */
bool vespa_path_begins_with(struct vespa_slice path, struct vespa_slice beginning);

#endif
