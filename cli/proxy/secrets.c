// Files with a token, a certificate or a private key.

#include "cli/proxy/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_BYTES = 1024 * 1024 };

static bool complain(const char *path, const char *why)
{
    fprintf(stderr, "vespa proxy: %s: %s\n", path, why);
    return false;
}

static bool read_all(int file, char *to, size_t length)
{
    size_t done = 0;
    while (done < length) {
        ssize_t got = read(file, to + done, length - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

static bool read_open(int file, const char *path, bool secret, char **text)
{
    struct stat status;
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
        return complain(path, "expected a file");
    if (secret && (status.st_mode & (S_IRWXG | S_IRWXO)))
        return complain(path, "others can read it or write to it; chmod 600 keeps it secret");
    if (status.st_size > MOST_BYTES)
        return complain(path, "it is longer than 1 MiB");
    size_t length = (size_t)status.st_size;
    char *read_text = calloc(1, length + 1);
    if (!read_text || !read_all(file, read_text, length)) {
        vespa_secret_free(read_text);
        return complain(path, read_text ? "it cannot be read" : "out of memory");
    }
    length = strlen(read_text);
    while (length && strchr("\r\n", read_text[length - 1]))
        read_text[--length] = '\0';
    if (!length) {
        free(read_text);
        return complain(path, "it is empty");
    }
    *text = read_text;
    return true;
}

bool vespa_secret_read(const char *path, bool secret, char **text)
{
    *text = NULL;
    if (!path)
        return true;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return complain(path, strerror(errno));
    bool done = read_open(file, path, secret, text);
    close(file);
    return done;
}

void vespa_secret_free(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}
