/* Programs that print an endpoint's key. */
#include "lib/key_command.h"

#include "core/endpoint_key.h"

#include "core/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Starts it with its output into a pipe; the descriptor to read from, or -1 with errno set. */
static int start(char *const *command, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    int error = posix_spawnp(child, command[0], &actions, NULL, command, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (!error)
        return ends[0];
    close(ends[0]);
    errno = error;
    return -1;
}

/* Up to that many bytes; what goes beyond is read too, so that the program can end. */
static size_t read_all(int from, char *to, size_t room)
{
    char spare[256] = "";
    size_t length = 0;
    for (;;) {
        bool full = length == room;
        ssize_t got = read(from, full ? spare : to + length, full ? sizeof spare : room - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return length;
        length += full ? 0 : (size_t)got;
    }
}

/* NULL: *key was set. Else what went wrong, to follow "the command for the key, PROGRAM, ". */
static const char *run(char *const *command, char **key)
{
    char text[VESPA_LONGEST_KEY + 1]; /* one that fills it is too long */
    pid_t child;
    int status = 0;
    const char *problem = NULL;
    int from = start(command, &child);
    if (from < 0)
        return strerror(errno);
    size_t length = read_all(from, text, sizeof text);
    close(from);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    struct vespa_slice found = vespa_slice_trim(vespa_slice(text, length));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        problem = "failed";
    else if (!vespa_is_key(found))
        problem = "printed no key: expected one line without spaces";
    else
        *key = vespa_slice_copy(found);
    explicit_bzero(text, sizeof text);
    return problem;
}

static bool run_for(struct vespa_rule *rule)
{
    const char *problem = run(rule->api_key_command, &rule->endpoint_key);
    if (!problem)
        return rule->endpoint_key != NULL;
    char *text = NULL;
    if (asprintf(&text, "the command for the key, %s, %s", rule->api_key_command[0], problem) < 0)
        return false;
    free(rule->problem);
    rule->problem = text;
    return true;
}

bool vespa_key_commands_run(struct vespa_config *config)
{
    for (size_t i = 0; i < config->rule_count; i++) {
        struct vespa_rule *rule = &config->rules[i];
        if (rule->api_key_command && !rule->problem && !rule->endpoint_key && !run_for(rule))
            return false;
    }
    return true;
}
