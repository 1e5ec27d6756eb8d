// Files of the user's that commands write.

#include "cli/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// A relative directory is ignored (XDG Base Directory Specification).
static bool path_below(struct vespa_buffer *path, const char *variable, const char *below_home,
                       const char *name)
{
    const char *directory = getenv(variable);
    const char *home = getenv("HOME");
    bool given = directory && directory[0] == '/';
    if (!given && !(home && home[0] == '/')) {
        fprintf(stderr, "vespa: where is the user's directory? Set HOME, or %s\n", variable);
        return false;
    }
    vespa_buffer_append_string(path, given ? directory : home);
    vespa_buffer_append_string(path, given ? "" : below_home);
    vespa_buffer_append_string(path, "/vespa/");
    vespa_buffer_append_string(path, name);
    if (path->failed)
        fputs("vespa: out of memory\n", stderr);
    return !path->failed;
}

bool vespa_cache_path(struct vespa_buffer *path, const char *name)
{
    return path_below(path, "XDG_CACHE_HOME", "/.cache", name);
}

bool vespa_config_path(struct vespa_buffer *path, const char *name)
{
    return path_below(path, "XDG_CONFIG_HOME", "/.config", name);
}

static bool make_directories(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool made = mkdir(path, 0700) == 0 || errno == EEXIST;
        *slash = '/';
        if (!made)
            return false;
    }
    return true;
}

static bool write_all(int to, struct vespa_slice contents)
{
    while (contents.length) {
        ssize_t written = write(to, contents.data, contents.length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        contents = vespa_slice_part(contents, (size_t)written, contents.length);
    }
    return true;
}

// Into a file beside it, which then takes its place.
static bool replace(const char *path, char *beside, struct vespa_slice contents, mode_t mode)
{
    int to = mkostemp(beside, O_CLOEXEC);
    if (to < 0)
        return false;
    bool good = write_all(to, contents) && fchmod(to, mode) == 0 && fsync(to) == 0;
    good &= close(to) == 0;
    good = good && rename(beside, path) == 0;
    int saved = errno;
    if (!good)
        unlink(beside);
    errno = saved;
    return good;
}

bool vespa_file_write(const char *command, const char *path, struct vespa_slice contents,
                      mode_t mode)
{
    char *beside = NULL;
    bool good = asprintf(&beside, "%s.XXXXXX", path) >= 0 && make_directories(beside) &&
                replace(path, beside, contents, mode);
    if (!good)
        fprintf(stderr, "vespa %s: %s cannot be written: %s\n", command, path, strerror(errno));
    free(beside);
    return good;
}
