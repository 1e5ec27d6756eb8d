// Tells the service manager how things are (sd_notify(3), by its plain protocol).
#ifndef VESPA_CLI_PROXY_NOTIFY_H
#define VESPA_CLI_PROXY_NOTIFY_H

// state: "READY=1". Does nothing where there is no manager who wants to know.
void vespa_notify(const char *state);

#endif
