/* Bindings that are plugins of an interpreter: Perl's WWW::Curl, R's curl. */
#include "tests/clients/client.h"

static const struct vespa_client clients[] = {
    {"perl",
     {"perl", PROGRAMS "easy.pl"},
     {"perl", "-MWWW::Curl::Easy", "-e", "1"},
     CLIENT_STREAMS | CLIENT_BODIES},
    {"R", {"Rscript", PROGRAMS "curl.R"}, {"Rscript", "-e", "library(curl)"}, CLIENT_ALL},
};

int main(void)
{
    return vespa_clients_run(clients, sizeof clients / sizeof *clients);
}
