/* The application's cookie engine during a worker leg. */
#include "shim/cookies.h"

#include "core/url.h"
#include "shim/transfer.h"

#include <stdio.h>
#include <string.h>

/* Fields of a line of CURLINFO_COOKIELIST: domain, tailmatch, path, secure, expires, name, value.
 */
enum { DOMAIN_FIELD, TAIL_FIELD, PATH_FIELD, SECURE_FIELD, EXPIRES_FIELD, NAME_FIELD, FIELDS };

static bool split(const char *line, struct vespa_slice fields[FIELDS])
{
    struct vespa_slice rest = vespa_slice_of(line);
    for (int i = 0; i < FIELDS; i++) {
        size_t end = vespa_slice_find(rest, '\t');
        if (end == rest.length)
            return false;
        fields[i] = vespa_slice_part(rest, 0, end);
        rest = vespa_slice_part(rest, end + 1, rest.length);
    }
    return true;
}

/* The domain without the mark of a cookie that scripts may not read, and without its first dot. */
static struct vespa_slice bare_domain(struct vespa_slice domain)
{
    struct vespa_slice mark = VESPA_LITERAL("#HttpOnly_");
    if (vespa_slice_starts_with(domain, mark))
        domain = vespa_slice_part(domain, mark.length, domain.length);
    if (domain.length && domain.data[0] == '.')
        domain = vespa_slice_part(domain, 1, domain.length);
    return domain;
}

/* Whether a cookie of that domain would go to the host; a little wider than libcurl's own rule. */
static bool reaches(struct vespa_slice domain, struct vespa_slice host)
{
    if (domain.length == 0 || domain.length > host.length)
        return false;
    size_t before = host.length - domain.length;
    return vespa_slice_equal_nocase(vespa_slice_part(host, before, host.length), domain) &&
           (before == 0 || host.data[before - 1] == '.');
}

static struct curl_slist *all_cookies(const struct vespa_transfer *transfer)
{
    struct curl_slist *list = NULL;
    transfer->api->easy_getinfo(transfer->record->easy, CURLINFO_COOKIELIST, &list);
    return list;
}

static bool any_reaches(const struct curl_slist *list, struct vespa_slice host)
{
    struct vespa_slice fields[FIELDS];
    bool found = false;
    for (; list && !found; list = list->next)
        found = split(list->data, fields) && reaches(bare_domain(fields[DOMAIN_FIELD]), host);
    return found;
}

/* libcurl compares without the brackets of an IPv6 address. */
static struct vespa_slice host_of(const char *url)
{
    struct vespa_url parts;
    if (!vespa_url_parse(vespa_slice_of(url), &parts))
        return VESPA_LITERAL("");
    if (parts.host.length > 2 && parts.host.data[0] == '[')
        return vespa_slice_part(parts.host, 1, parts.host.length - 1);
    return parts.host;
}

void vespa_cookies_guard(struct vespa_cookies *cookies, struct vespa_transfer *transfer,
                         const char *worker_url)
{
    const struct vespa_record *record = transfer->record;
    cookies->active = record->cookies_on || record->share;
    if (!cookies->active)
        return;
    struct vespa_slice host = host_of(worker_url);
    *cookies = (struct vespa_cookies){.active = true};
    /* Files are read when a transfer begins; what they hold has to be known before. */
    if (record->cookie_files.length)
        transfer->api->easy_setopt(record->easy, CURLOPT_COOKIELIST, "RELOAD");
    struct curl_slist *list = all_cookies(transfer);
    if (any_reaches(list, host)) {
        cookies->aside = list;
        transfer->api->easy_setopt(record->easy, CURLOPT_COOKIEFILE, NULL);
        return;
    }
    transfer->api->slist_free_all(list);
    snprintf(cookies->host, sizeof cookies->host, "%.*s", (int)host.length, host.data);
}

/* A cookie is deleted by one of the same name, path and domain that has expired. */
static void expire(const struct vespa_transfer *transfer, const struct vespa_slice *fields)
{
    struct vespa_buffer line = {0};
    for (int i = 0; i < FIELDS; i++) {
        vespa_buffer_append(&line, i == EXPIRES_FIELD ? VESPA_LITERAL("1") : fields[i]);
        vespa_buffer_append_byte(&line, '\t');
    }
    vespa_buffer_append_byte(&line, 'x');
    if (!line.failed)
        transfer->api->easy_setopt(transfer->record->easy, CURLOPT_COOKIELIST, line.data);
    vespa_buffer_free(&line);
}

/* An expired cookie goes when the next one comes: one of the application's once more, which is then
 * as it was. Where it has none, all there are go; but in a share others may just have come. */
static void drop_expired(const struct vespa_transfer *transfer, const char *applications)
{
    if (!applications && transfer->record->share)
        return;
    transfer->api->easy_setopt(transfer->record->easy, CURLOPT_COOKIELIST,
                               applications ? applications : "ALL");
}

static void take_out_workers(const struct vespa_cookies *cookies,
                             const struct vespa_transfer *transfer)
{
    struct vespa_slice fields[FIELDS];
    struct curl_slist *list = all_cookies(transfer);
    const char *applications = NULL;
    bool found = false;
    for (const struct curl_slist *line = list; line; line = line->next) {
        if (split(line->data, fields) &&
            reaches(bare_domain(fields[DOMAIN_FIELD]), vespa_slice_of(cookies->host))) {
            expire(transfer, fields);
            found = true;
        } else {
            applications = line->data;
        }
    }
    if (found)
        drop_expired(transfer, applications);
    transfer->api->slist_free_all(list);
}

static void add(const struct vespa_transfer *transfer, const struct curl_slist *lines)
{
    for (; lines; lines = lines->next)
        transfer->api->easy_setopt(transfer->record->easy, CURLOPT_COOKIELIST, lines->data);
}

/* A share has kept its cookies. What the application has set meanwhile is the newer. */
static void bring_back(struct vespa_cookies *cookies, const struct vespa_transfer *transfer)
{
    const struct vespa_record *record = transfer->record;
    const struct vespa_buffer *files = &record->cookie_files;
    struct curl_slist *meanwhile = all_cookies(transfer);
    struct curl_slist *kept = NULL;
    if (record->share) {
        transfer->api->easy_setopt(record->easy, CURLOPT_SHARE, record->share);
        kept = all_cookies(transfer);
    }
    for (size_t at = 0; at < files->length; at += strlen(files->data + at) + 1)
        transfer->api->easy_setopt(record->easy, CURLOPT_COOKIEFILE, files->data + at);
    if (!kept)
        add(transfer, cookies->aside);
    add(transfer, meanwhile);
    transfer->api->slist_free_all(kept);
    transfer->api->slist_free_all(meanwhile);
    transfer->api->slist_free_all(cookies->aside);
}

void vespa_cookies_clean(struct vespa_cookies *cookies, struct vespa_transfer *transfer)
{
    if (!cookies->active)
        return;
    if (cookies->aside)
        bring_back(cookies, transfer);
    else
        take_out_workers(cookies, transfer);
    *cookies = (struct vespa_cookies){.active = false};
}
