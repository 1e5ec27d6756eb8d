/* Paths, compared as servers understand them. */
#include "core/path.h"

#include "core/percent.h"

enum { LONGEST_PATH = 2048 };

/* Copies with percent-encoding resolved. */
static size_t decode(struct vespa_slice path, char *to)
{
    size_t length = 0;

    for (int byte; (byte = vespa_percent_next(&path)) >= 0;)
        to[length++] = (char)byte;
    return length;
}

/* Removes the last segment of what was written, and the slash before it. */
static size_t without_last(const char *path, size_t length)
{
    while (length && path[length - 1] != '/')
        length--;
    return length ? length - 1 : 0;
}

/* RFC 3986 §5.2.4, for a path that begins with '/', in its own place. */
static size_t remove_dots(char *path, size_t length)
{
    size_t written = 0;
    size_t at = 0;

    while (at < length) {
        size_t end = at + 1;
        while (end < length && path[end] != '/')
            end++;
        size_t segment = end - at - 1;
        bool is_dot = segment == 1 && path[at + 1] == '.';
        bool is_up = segment == 2 && path[at + 1] == '.' && path[at + 2] == '.';
        if (is_up)
            written = without_last(path, written);
        if (!is_dot && !is_up) {
            memmove(path + written, path + at, end - at);
            written += end - at;
        } else if (end == length) {
            path[written++] = '/'; /* it names a directory */
        }
        at = end;
    }
    return written;
}

static bool is_plain(struct vespa_slice path)
{
    return vespa_slice_find(path, '%') == path.length &&
           !vespa_slice_contains_nocase(path, VESPA_LITERAL("/."));
}

static bool begins_with(struct vespa_slice path, struct vespa_slice beginning)
{
    if (!vespa_slice_starts_with(path, beginning))
        return false;
    return path.length == beginning.length || beginning.data[beginning.length - 1] == '/' ||
           path.data[beginning.length] == '/';
}

bool vespa_path_begins_with(struct vespa_slice path, struct vespa_slice beginning)
{
    char space[LONGEST_PATH];

    path = vespa_slice_part(path, 0, vespa_slice_find(path, '?'));
    if (!path.length)
        path = VESPA_LITERAL("/");
    if (is_plain(path))
        return begins_with(path, beginning);
    if (path.length > sizeof(space) || path.data[0] != '/')
        return false;
    size_t length = remove_dots(space, decode(path, space));
    return length && begins_with(vespa_slice(space, length), beginning);
}
