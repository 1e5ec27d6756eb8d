// What the doctor finds.

#include "cli/doctor/report.h"

#include "cli/output.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const names[] = {"OK", "WARN", "FAIL"};
static const char *const colours[] = {"\033[32m", "\033[33m", "\033[31m"};

static void clean(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7F)
            *text = ' ';
}

static void print(enum vespa_finding finding, const char *subject, const char *text,
                  const char *advice)
{
    bool coloured = vespa_has_colours(stdout);
    printf("%s%-4s%s %s: %s\n", coloured ? colours[finding] : "", names[finding],
           coloured ? "\033[0m" : "", subject, text);
    if (advice)
        printf("     -> %s\n", advice);
    fflush(stdout);
}

static void add_json(cJSON *findings, enum vespa_finding finding, const char *subject,
                     const char *text, const char *advice)
{
    cJSON *line = cJSON_CreateObject();
    cJSON_AddStringToObject(line, "subject", subject);
    cJSON_AddStringToObject(line, "result", names[finding]);
    cJSON_AddStringToObject(line, "text", text);
    if (advice)
        cJSON_AddStringToObject(line, "advice", advice);
    cJSON_AddItemToArray(findings, line);
}

void vespa_report_add(struct vespa_report *report, enum vespa_finding finding, const char *subject,
                      const char *advice, const char *format, ...)
{
    char text[2400];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    clean(text);
    report->worst = finding > report->worst ? finding : report->worst;
    if (report->findings)
        add_json(report->findings, finding, subject, text, advice);
    else
        print(finding, subject, text, advice);
}
