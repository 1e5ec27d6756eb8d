// `vespa doctor`: two questions, and an answer to each.

#include "cli/doctor/command.h"

#include "cli/doctor/program.h"
#include "cli/doctor/setup.h"
#include "cli/output.h"

#include <stdio.h>

struct line {
    struct vespa_settings settings;
    bool program_only;
    bool json;
    bool help;
};

static const struct vespa_cli_option options[] = {
    VESPA_FLAG("program-only", 0, "looks at the program alone, and asks nobody", struct line,
               program_only),
    VESPA_FLAG("json", 0, "prints JSON", struct line, json),
    VESPA_SETTINGS_OPTIONS(struct line),
    VESPA_FLAG("help", 'h', "prints this", struct line, help),
};

static const struct vespa_command_line command_line = {
    .command = {.name = "doctor",
                .options = options,
                .option_count = sizeof options / sizeof options[0]},
    .usage = "[PROGRAM] [OPTIONS]",
    .about =
        "Can this program be wrapped with `vespa run`? It is looked at, and not run. And is the\n"
        "set-up right: configuration, autoscaler, clock, key, worker, signature, certificate?\n"
        "A worker is asked for; nothing is sent to it.\n"
        "\n"
        "Each line is OK, WARN or FAIL, with what to do.\n"
        "Exit status: 0 nothing failed, 1 something did, 2 wrong usage.\n",
    .most = 1,
    .help = offsetof(struct line, help),
};

static bool print_json(const struct vespa_report *report)
{
    static const char *const results[] = {"OK", "WARN", "FAIL"};
    cJSON *all = cJSON_CreateObject();
    cJSON_AddStringToObject(all, "result", results[report->worst]);
    cJSON_AddItemToObject(all, "findings", report->findings);
    return vespa_json_print(all);
}

int vespa_command_doctor(int argc, char **argv)
{
    struct line line = {0};
    struct vespa_report report = {0};
    char **words;
    int status;
    if (!vespa_command_line_read(&command_line, &line, argc, argv, &words, &status))
        return status;
    if (line.program_only && !words[0]) {
        fputs("vespa doctor: --program-only needs a program\n", stderr);
        return 2;
    }
    if (line.json)
        report.findings = cJSON_CreateArray();
    if (words[0])
        vespa_doctor_program(&report, words[0]);
    if (!line.program_only)
        vespa_doctor_setup(&report, &line.settings);
    if (line.json && !print_json(&report))
        return 1;
    return report.worst == VESPA_FINDING_FAIL ? 1 : 0;
}
