// A connection to the proxy, byte by byte.

#include "tests/proxy/line.h"

#include "tests/support/program.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int line_dial(const struct proxy_fixture *fixture)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(strrchr(fixture->url, ':') + 1)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int line = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(line, (struct sockaddr *)&address, sizeof address), 0);
    return line;
}

void line_say(int line, const char *text)
{
    assert_int_equal(send(line, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

char *line_hear(int line, const char *text)
{
    char *heard = strdup("");
    size_t length = 0;
    long until = vespa_test_now() + proxy_patience_ms();
    while (!*text || !strstr(heard, text)) {
        struct pollfd watched = {.fd = line, .events = POLLIN};
        char byte;
        if (poll(&watched, 1, (int)(until - vespa_test_now())) <= 0)
            fail_msg("nothing more comes after: %s", heard);
        if (recv(line, &byte, 1, 0) != 1)
            break;
        char *more = realloc(heard, length + 2);
        assert_non_null(more);
        heard = more;
        heard[length++] = byte;
        heard[length] = '\0';
    }
    return heard;
}

void line_assert_hears(int line, const char *text)
{
    char *heard = line_hear(line, text);
    if (!strstr(heard, text))
        fail_msg("«%s» did not come, but: %s", text, heard);
    free(heard);
}
