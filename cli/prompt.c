// Questions to the person at the terminal.

#include "cli/prompt.h"

#include "core/slice.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static struct termios shown; // how the terminal was; read by the handler alone

static void show_and_end(int signal_number)
{
    tcsetattr(STDIN_FILENO, TCSANOW, &shown);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

// A terminal that is left in silence would puzzle whoever ends us with Ctrl-C.
static bool hide(void (**before)(int))
{
    struct termios hidden;
    if (tcgetattr(STDIN_FILENO, &shown) != 0)
        return false;
    *before = signal(SIGINT, show_and_end);
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    return tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
}

static void show(void (*before)(int))
{
    tcsetattr(STDIN_FILENO, TCSANOW, &shown);
    signal(SIGINT, before);
    fputc('\n', stderr);
}

char *vespa_prompt(const char *question, bool secret)
{
    char *line = NULL;
    size_t size = 0;
    void (*before)(int) = SIG_DFL;
    bool hidden = secret && isatty(STDIN_FILENO) && hide(&before);
    fputs(question, stderr); // not before: whoever pastes may be quick
    ssize_t length = getline(&line, &size, stdin);
    if (hidden)
        show(before);
    struct vespa_slice text = vespa_slice_trim(vespa_slice(line, length > 0 ? (size_t)length : 0));
    char *answer = length > 0 ? vespa_slice_copy(text) : NULL;
    if (line)
        explicit_bzero(line, size);
    free(line);
    return answer;
}
