/*
 * Reading keys. What a file says is believed only when nobody else could have written it; what it
 * said is overwritten before its memory is given back.
 */
#include "core/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST_KEY = 4096 };

enum found {
    FOUND,   /* the key was read */
    ABSENT,  /* there is no such file, or it is empty */
    REFUSED, /* *problem says why, to follow the file's name */
    NO_MEMORY
};

/* Cuts off white space around it. False when what is left can be no key. */
static bool clean_key(struct vespa_slice *key)
{
    *key = vespa_slice_trim(*key);
    for (size_t i = 0; i < key->length; i++)
        if ((unsigned char)key->data[i] <= ' ' || (unsigned char)key->data[i] >= 0x7F)
            return false;
    return key->length > 0 && key->length <= LONGEST_KEY;
}

/* What speaks against believing the file, or NULL. */
static const char *objection(int descriptor)
{
    struct stat status;

    if (fstat(descriptor, &status) != 0)
        return "cannot be examined";
    if (!S_ISREG(status.st_mode))
        return "is not a regular file";
    if (status.st_uid != geteuid() && status.st_uid != 0)
        return "belongs neither to the user nor to root";
    if (status.st_mode & (S_IWGRP | S_IWOTH))
        return "may be written by others: run chmod go-w on it";
    if (status.st_size > LONGEST_KEY)
        return "is too long for a key";
    return NULL;
}

/* Up to that many bytes; -1 when reading failed. */
static ssize_t read_all(int descriptor, char *to, size_t room)
{
    size_t length = 0;

    while (length < room) {
        ssize_t got = read(descriptor, to + length, room - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        length += (size_t)got;
    }
    return (ssize_t)length;
}

static enum found read_key_of(int descriptor, char **key, const char **problem)
{
    char text[LONGEST_KEY];
    enum found result = REFUSED;

    *problem = objection(descriptor);
    if (*problem)
        return result;

    ssize_t length = read_all(descriptor, text, sizeof(text));
    struct vespa_slice found = {text, length > 0 ? (size_t)length : 0};
    if (length < 0)
        *problem = "cannot be read";
    else if (!vespa_slice_trim(found).length)
        result = ABSENT;
    else if (!clean_key(&found))
        *problem = "holds no key: expected one line without spaces and control characters";
    else {
        *key = vespa_slice_copy(found);
        result = *key ? FOUND : NO_MEMORY;
    }
    explicit_bzero(text, sizeof(text));
    return result;
}

static enum found read_key_file(const char *path, char **key, const char **problem)
{
    /* O_NONBLOCK: a FIFO in its place must not hold the program up before it is refused. */
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (descriptor < 0) {
        *problem = "cannot be opened";
        return errno == ENOENT || errno == ENOTDIR ? ABSENT : REFUSED;
    }
    enum found result = read_key_of(descriptor, key, problem);
    close(descriptor);
    return result;
}

/* The value itself never appears in a message. */
static char *read_key(struct vespa_variables *variables, const char *name)
{
    struct vespa_slice value = vespa_variable(variables, name);

    if (!value.length)
        return NULL;
    if (clean_key(&value))
        return vespa_variables_keep(variables, value);
    VESPA_COMPLAIN(variables, name,
                   " holds a space or a control character, or is too long: copy the key anew");
    return NULL;
}

/* Reads the account key from a file below the directory; false when there is none, and the next
 * place counts. */
static bool read_key_at(struct vespa_variables *variables, struct vespa_rule *rule,
                        struct vespa_slice directory, const char *name)
{
    struct vespa_buffer path = {0};
    const char *problem = NULL;
    enum found result = NO_MEMORY;

    /* A relative directory would depend on where the program happens to be (XDG Base Directory
     * Specification: "must be absolute", or be ignored). */
    if (!directory.length || directory.data[0] != '/')
        return false;
    vespa_buffer_append(&path, directory);
    vespa_buffer_append_string(&path, name);
    if (!path.failed)
        result = read_key_file(path.data, &rule->account_key, &problem);

    if (result == NO_MEMORY)
        variables->failed = true;
    if (result == REFUSED)
        VESPA_COMPLAIN(variables, "the key file ", path.data, " ", problem);
    vespa_buffer_free(&path);
    return result != ABSENT;
}

/* The endpoint's key from the file that VESPA_API_KEY_FILE names: whoever names one means it. */
static void read_named_key_file(struct vespa_variables *variables, struct vespa_rule *rule)
{
    struct vespa_slice value = vespa_variable(variables, "VESPA_API_KEY_FILE");
    const char *problem = NULL;

    if (value.data[0] != '/') {
        vespa_complain_of_value(variables, "VESPA_API_KEY_FILE", value,
                                "the absolute path of a file that holds the endpoint's key");
        return;
    }
    char *path = vespa_variables_keep(variables, value);
    enum found result = path ? read_key_file(path, &rule->endpoint_key, &problem) : NO_MEMORY;
    if (result == NO_MEMORY)
        variables->failed = true;
    if (result == ABSENT)
        problem = "is not there, or empty: expected the endpoint's key in it";
    if (problem)
        VESPA_COMPLAIN(variables, "the key file ", path, " (VESPA_API_KEY_FILE) ", problem);
    free(path);
}

/* Where the vastai command line keeps the account key (protocol.md §2). */
static void read_key_files(struct vespa_variables *variables, struct vespa_rule *rule)
{
    struct vespa_slice home = vespa_variable(variables, "HOME");
    struct vespa_slice xdg = vespa_variable(variables, "XDG_CONFIG_HOME");
    bool found = xdg.length ? read_key_at(variables, rule, xdg, "/vastai/vast_api_key")
                            : read_key_at(variables, rule, home, "/.config/vastai/vast_api_key");

    if (!found)
        found = read_key_at(variables, rule, home, "/.vast_api_key");
    if (!found)
        VESPA_COMPLAIN(variables,
                       "there is no key: set VAST_API_KEY to the endpoint's key, or "
                       "VAST_ACCOUNT_KEY to your account's key, with which the endpoint's key "
                       "can be looked up");
}

void vespa_keys_read(struct vespa_variables *variables, struct vespa_rule *rule)
{
    bool is_set = vespa_variable(variables, "VAST_API_KEY").length > 0;
    bool in_file = vespa_variable(variables, "VESPA_API_KEY_FILE").length > 0;
    bool given = is_set || in_file || vespa_variable(variables, "VAST_ACCOUNT_KEY").length > 0;

    rule->endpoint_key = read_key(variables, "VAST_API_KEY");
    if (in_file && !is_set)
        read_named_key_file(variables, rule);
    rule->account_key = read_key(variables, "VAST_ACCOUNT_KEY");
    if (!given)
        read_key_files(variables, rule);
}
