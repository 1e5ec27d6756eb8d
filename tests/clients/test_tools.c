/* The tools that people use: curl --parallel, git, cmake's file(DOWNLOAD). */
#include "tests/clients/client.h"

static const struct vespa_client clients[] = {
    {"curl --parallel", {"bash", PROGRAMS "curl.sh"}, {"curl", "--version"}, CLIENT_ALL},
    {"git", {"bash", PROGRAMS "git.sh"}, {"git", "--version"}, CLIENT_OWN_PATHS},
    {"cmake", {"bash", PROGRAMS "cmake.sh"}, {"cmake", "--version"}, 0},
};

int main(void)
{
    return vespa_clients_run(clients, sizeof clients / sizeof *clients);
}
