/* Reading files that must not have been written by others. */
#include "core/trusted_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* What speaks against believing the file, or NULL. */
static const char *objection(const struct stat *status, size_t limit)
{
    if (!S_ISREG(status->st_mode))
        return "is not a regular file";
    if (status->st_uid != geteuid() && status->st_uid != 0)
        return "belongs neither to the user nor to root";
    if (status->st_mode & (S_IWGRP | S_IWOTH))
        return "may be written by others: run chmod go-w on it";
    if ((uint64_t)status->st_size > limit)
        return "is too long for what it should hold";
    return NULL;
}

/* Reads on until the end or until the buffer's room is used; false when reading failed. */
static bool read_all(int descriptor, struct vespa_buffer *contents, size_t room)
{
    while (room) {
        ssize_t got = read(descriptor, contents->data + contents->length, room);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        contents->length += (size_t)got;
        contents->data[contents->length] = '\0';
        room -= (size_t)got;
    }
    return true;
}

static enum vespa_trusted_file read_open(int descriptor, size_t limit,
                                         struct vespa_buffer *contents, const char **problem)
{
    struct stat status;

    *problem = fstat(descriptor, &status) == 0 ? objection(&status, limit) : "cannot be examined";
    if (*problem)
        return VESPA_FILE_REFUSED;
    /* Room is made once, for growing would leave a copy of a key behind. */
    if (!vespa_buffer_reserve(contents, (size_t)status.st_size + 1))
        return VESPA_FILE_NO_MEMORY;
    if (read_all(descriptor, contents, (size_t)status.st_size))
        return VESPA_FILE_READ;
    *problem = "cannot be read";
    return VESPA_FILE_REFUSED;
}

/* What open() said to a file that it could not open. */
static enum vespa_trusted_file unopened(const char *path, int error, const char **problem)
{
    struct stat status;

    if (error == ENOENT || error == ENOTDIR) {
        *problem = "does not exist";
        return VESPA_FILE_ABSENT;
    }
    *problem = "cannot be opened";
    if (error != EACCES || stat(path, &status) == 0 || errno != EACCES)
        return VESPA_FILE_REFUSED;
    *problem = "is in a directory that this user may not look into";
    return VESPA_FILE_HIDDEN;
}

enum vespa_trusted_file vespa_trusted_file_read(const char *path, size_t limit,
                                                struct vespa_buffer *contents, const char **problem)
{
    /* O_NONBLOCK: a FIFO in its place must not hold the program up before it is refused. */
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (descriptor < 0)
        return unopened(path, errno, problem);
    enum vespa_trusted_file result = read_open(descriptor, limit, contents, problem);
    close(descriptor);
    return result;
}
