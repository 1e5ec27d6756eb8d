/*
 * An ordinary libcurl program that does what its arguments say, one after the other, on an easy
 * handle, and prints what it sees, one line for each event. Knows nothing of the shim.
 *
 *     NAME=VALUE        curl_easy_setopt(CURLOPT_NAME): numbers, strings, lists (lines divided by
 *                       '|'), NULL; @PATH is the contents of a file. Callbacks by name, see below
 *     curlu=URL         CURLOPT_CURLU of a handle with that URL; curlu=NULL
 *     mime=NAME=VALUE   CURLOPT_MIMEPOST with one part; VALUE may be @PATH
 *     form=NAME=VALUE   CURLOPT_HTTPPOST with one part; likewise
 *     share=cookie      CURLOPT_SHARE with a share of cookies
 *     body=TEXT         what the read callback gives; body=@PATH
 *     perform           prints "result CODE"
 *     interface=multi   from then on it does so in a multi handle; interface=easy
 *     info NAME         prints "info NAME VALUE"
 *     info=NAME,NAME    the same for several, also in:EVENT:info=NAME,NAME
 *     reset | dup | first | close | fresh | only   curl_easy_reset; go on with a duplicate; back to
 *                       the first handle; curl_easy_cleanup of the duplicate; a new first handle;
 *                       curl_easy_cleanup of the first, the duplicate takes its place
 *     in:EVENT:NAME=VALUE   setopt from inside the callback of EVENT (header, write, progress);
 *                       in:EVENT:dup duplicates the handle there
 *     say TEXT          prints "say TEXT"
 *     sleep MS          waits
 *     await PATH        waits until there is such a file
 *     error             prints "error TEXT", the contents of CURLOPT_ERRORBUFFER
 *     calls             prints "calls N", how often the last transfer called the progress callback
 *     perform=again     curl_easy_perform, prints "inner CODE": for in:EVENT:perform=again
 *     descriptors=N     allows so many more descriptors than are open; descriptors=all: as before
 *     global_cleanup    curl_global_cleanup and curl_global_init
 *     repeat N ACTIONS…  does the rest N times
 *
 * Callbacks: WRITEFUNCTION=collect (prints "body TEXT" after the transfer), stream (prints "chunk
 * TEXT" at once), abort (refuses the first byte), pause (pauses once, goes on from the progress
 * callback); HEADERFUNCTION=collect ("header TEXT"), abort, pause; READFUNCTION=body, small (7
 * bytes at a time), pause (pauses twice), abort, endless; XFERINFOFUNCTION=count ("progress N"
 * after the transfer), abort (after 3 calls), abort_idle (as soon as it is called and nothing was
 * received), abort_sent, abort_received (as soon as something was); PROGRESSFUNCTION=count,
 * abort; SEEKFUNCTION=body; ERRORBUFFER=own; WRITEDATA=file:PATH; HEADERDATA=file:PATH;
 * READDATA=file:PATH. Any other FUNCTION=tell prints "called NAME DATA" and answers that all is
 * well; its DATA is then a string.
 */
#define CURL_DISABLE_TYPECHECK
#define CURL_DISABLE_DEPRECATION
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define LIMIT 1024

struct text {
    char *data;
    size_t length;
};

struct client {
    CURL *first;
    CURL *easy;
    bool in_multi;
    CURLM *multi;
    struct text body; /* for the read callback */
    size_t body_offset;
    unsigned read_pauses;
    struct text received;
    bool pause_write;
    bool pause_header;
    bool streaming;
    unsigned progress_calls;
    char error[CURL_ERROR_SIZE];
    char *pending[3];  /* setopt from inside header, write, progress */
    void *kept[LIMIT]; /* what has to live as long as the handles */
    size_t kept_count;
};

static struct client client;

/* What libcurl does not own and the handles refer to: given back when they are gone. */
static struct {
    void *object;
    void (*release)(void *);
} lent[LIMIT];
static size_t lent_count;

static void lend(void *object, void (*release)(void *))
{
    if (!object || lent_count == LIMIT)
        return;
    lent[lent_count].object = object;
    lent[lent_count++].release = release;
}

static void release_list(void *list)
{
    curl_slist_free_all(list);
}

static void release_mime(void *mime)
{
    curl_mime_free(mime);
}

static void release_form(void *form)
{
    curl_formfree(form);
}

static void release_share(void *share)
{
    curl_share_cleanup(share);
}

static void release_url(void *url)
{
    curl_url_cleanup(url);
}

static void *keep(void *memory)
{
    if (client.kept_count == LIMIT || !memory) {
        fprintf(stderr, "easy: too many values, or no memory\n");
        exit(3);
    }
    return client.kept[client.kept_count++] = memory;
}

/* Lines of output hold no control characters: they are written as \r, \n, \t, \xNN. */
static void print(const char *label, const char *data, size_t length)
{
    printf("%s ", label);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)data[i];
        if (byte == '\r')
            fputs("\\r", stdout);
        else if (byte == '\n')
            fputs("\\n", stdout);
        else if (byte == '\\')
            fputs("\\\\", stdout);
        else if (byte < 0x20 || byte > 0x7e)
            printf("\\x%02x", byte);
        else
            putchar(byte);
    }
    putchar('\n');
    fflush(stdout);
}

static void append(struct text *text, const char *data, size_t length)
{
    text->data = realloc(text->data, text->length + length + 1);
    if (!text->data)
        exit(3);
    memcpy(text->data + text->length, data, length);
    text->length += length;
    text->data[text->length] = '\0';
}

static struct text read_file(const char *path)
{
    struct text text = {0};
    char bytes[65536];
    size_t length;
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(3);
    }
    append(&text, "", 0);
    while ((length = fread(bytes, 1, sizeof bytes, file)) > 0)
        append(&text, bytes, length);
    fclose(file);
    return text;
}

static void set(const char *assignment);
static void info(const char *name);
static void duplicate(void);

static void set_pending(unsigned event)
{
    char *assignment = client.pending[event];
    client.pending[event] = NULL;
    if (assignment && strcmp(assignment, "dup") == 0)
        duplicate();
    else if (assignment)
        set(assignment);
}

/* ---- callbacks --------------------------------------------------------------------------------
 */

static size_t write_collect(char *data, size_t size, size_t count, void *user)
{
    (void)user;
    set_pending(1);
    append(&client.received, data, size * count);
    return size * count;
}

static size_t write_stream(char *data, size_t size, size_t count, void *user)
{
    (void)user;
    set_pending(1);
    print("chunk", data, size * count);
    return size * count;
}

static size_t write_abort(char *data, size_t size, size_t count, void *user)
{
    (void)data, (void)size, (void)count, (void)user;
    return 0;
}

static size_t write_pause(char *data, size_t size, size_t count, void *user)
{
    if (client.pause_write) {
        client.pause_write = false;
        puts("paused");
        return CURL_WRITEFUNC_PAUSE;
    }
    return write_collect(data, size, count, user);
}

static size_t header_collect(char *data, size_t size, size_t count, void *user)
{
    (void)user;
    set_pending(0);
    print("header", data, size * count);
    return size * count;
}

static size_t header_pause(char *data, size_t size, size_t count, void *user)
{
    if (client.pause_header && memcmp(data, "HTTP/", 5) != 0) {
        client.pause_header = false;
        puts("paused");
        return CURL_WRITEFUNC_PAUSE;
    }
    return header_collect(data, size, count, user);
}

static size_t read_portion(char *to, size_t room)
{
    size_t left = client.body.length - client.body_offset;
    size_t length = left < room ? left : room;
    if (length)
        memcpy(to, client.body.data + client.body_offset, length);
    client.body_offset += length;
    return length;
}

static size_t read_body(char *to, size_t size, size_t count, void *user)
{
    (void)user;
    return read_portion(to, size * count);
}

static size_t read_small(char *to, size_t size, size_t count, void *user)
{
    (void)user;
    return read_portion(to, size * count < 7 ? size * count : 7);
}

static size_t read_pause(char *to, size_t size, size_t count, void *user)
{
    if (client.read_pauses < 2) {
        client.read_pauses++;
        return CURL_READFUNC_PAUSE;
    }
    return read_body(to, size, count, user);
}

static size_t read_abort(char *to, size_t size, size_t count, void *user)
{
    (void)to, (void)size, (void)count, (void)user;
    return CURL_READFUNC_ABORT;
}

static size_t read_endless(char *to, size_t size, size_t count, void *user)
{
    (void)user;
    memset(to, 'x', size * count);
    return size * count;
}

static int seek_body(void *user, curl_off_t offset, int origin)
{
    (void)user;
    if (origin != SEEK_SET)
        return CURL_SEEKFUNC_CANTSEEK;
    client.body_offset = (size_t)offset;
    return CURL_SEEKFUNC_OK;
}

static int progress_count(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total,
                          curl_off_t up)
{
    (void)user, (void)total, (void)now, (void)up_total, (void)up;
    client.progress_calls++;
    set_pending(2);
    curl_easy_pause(client.easy, CURLPAUSE_CONT);
    return 0;
}

static int progress_abort(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total,
                          curl_off_t up)
{
    (void)user, (void)total, (void)now, (void)up_total, (void)up;
    return ++client.progress_calls >= 3;
}

static int progress_abort_idle(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total,
                               curl_off_t up)
{
    (void)user, (void)total, (void)up_total, (void)up;
    client.progress_calls++;
    return now == 0;
}

static int progress_abort_sent(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total,
                               curl_off_t up)
{
    (void)user, (void)total, (void)now, (void)up_total;
    client.progress_calls++;
    return up > 0;
}

static int progress_abort_received(void *user, curl_off_t total, curl_off_t now,
                                   curl_off_t up_total, curl_off_t up)
{
    (void)user, (void)total, (void)up_total, (void)up;
    client.progress_calls++;
    return now > 0;
}

static int old_progress_count(void *user, double total, double now, double up_total, double up)
{
    (void)total, (void)now, (void)up_total, (void)up;
    return progress_count(user, 0, 0, 0, 0);
}

static int old_progress_abort(void *user, double total, double now, double up_total, double up)
{
    (void)total, (void)now, (void)up_total, (void)up;
    return progress_abort(user, 0, 0, 0, 0);
}

/* Callbacks that say that they were called, and with which string as user data. */

static void tell(const char *name, const void *user)
{
    printf("called %s %s\n", name, user ? (const char *)user : "(null)");
    fflush(stdout);
}

static size_t tell_header(char *data, size_t size, size_t count, void *user)
{
    (void)data;
    tell("HEADERFUNCTION", user);
    return size * count;
}

static size_t tell_write(char *data, size_t size, size_t count, void *user)
{
    tell("WRITEFUNCTION", user);
    print("chunk", data, size * count);
    return size * count;
}

static size_t tell_read(char *to, size_t size, size_t count, void *user)
{
    tell("READFUNCTION", user);
    return read_portion(to, size * count);
}

static int tell_progress(void *user, double total, double now, double up_total, double up)
{
    (void)total, (void)now, (void)up_total, (void)up;
    if (client.progress_calls++ == 0)
        tell("PROGRESSFUNCTION", user);
    return 0;
}

static int tell_xferinfo(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total,
                         curl_off_t up)
{
    (void)total, (void)now, (void)up_total, (void)up;
    if (client.progress_calls++ == 0)
        tell("XFERINFOFUNCTION", user);
    return 0;
}

static int tell_seek(void *user, curl_off_t offset, int origin)
{
    tell("SEEKFUNCTION", user);
    return seek_body(user, offset, origin);
}

static curlioerr tell_ioctl(CURL *easy, int command, void *user)
{
    (void)easy, (void)command;
    tell("IOCTLFUNCTION", user);
    client.body_offset = 0;
    return CURLIOE_OK;
}

static curl_socket_t tell_open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *to)
{
    (void)purpose;
    tell("OPENSOCKETFUNCTION", user);
    return socket(to->family, to->socktype, to->protocol);
}

static int tell_close_socket(void *user, curl_socket_t socket)
{
    tell("CLOSESOCKETFUNCTION", user);
    return close(socket);
}

static int tell_sockopt(void *user, curl_socket_t socket, curlsocktype purpose)
{
    (void)socket, (void)purpose;
    tell("SOCKOPTFUNCTION", user);
    return CURL_SOCKOPT_OK;
}

static int tell_prereq(void *user, char *primary_ip, char *local_ip, int primary_port,
                       int local_port)
{
    (void)primary_ip, (void)local_ip, (void)primary_port, (void)local_port;
    tell("PREREQFUNCTION", user);
    return 0; /* CURL_PREREQFUNC_OK */
}

static int tell_resolver_start(void *state, void *reserved, void *user)
{
    (void)state, (void)reserved;
    tell("RESOLVER_START_FUNCTION", user);
    return 0;
}

static int tell_trailer(struct curl_slist **list, void *user)
{
    tell("TRAILERFUNCTION", user);
    *list = curl_slist_append(*list, "X-Trailer: trailing");
    return CURL_TRAILERFUNC_OK;
}

static CURLcode tell_ssl_ctx(CURL *easy, void *context, void *user)
{
    (void)easy, (void)context;
    tell("SSL_CTX_FUNCTION", user);
    return CURLE_OK;
}

static const struct {
    const char *name;
    void (*function)(void);
} callbacks[] = {
#define CALLBACK(name, function)       \
    {                                  \
        name, (void (*)(void))function \
    }
    CALLBACK("WRITEFUNCTION=collect", write_collect),
    CALLBACK("WRITEFUNCTION=stream", write_stream),
    CALLBACK("WRITEFUNCTION=abort", write_abort),
    CALLBACK("WRITEFUNCTION=pause", write_pause),
    CALLBACK("HEADERFUNCTION=collect", header_collect),
    CALLBACK("HEADERFUNCTION=abort", write_abort),
    CALLBACK("HEADERFUNCTION=pause", header_pause),
    CALLBACK("READFUNCTION=body", read_body),
    CALLBACK("READFUNCTION=small", read_small),
    CALLBACK("READFUNCTION=pause", read_pause),
    CALLBACK("READFUNCTION=abort", read_abort),
    CALLBACK("READFUNCTION=endless", read_endless),
    CALLBACK("SEEKFUNCTION=body", seek_body),
    CALLBACK("XFERINFOFUNCTION=count", progress_count),
    CALLBACK("XFERINFOFUNCTION=abort", progress_abort),
    CALLBACK("XFERINFOFUNCTION=abort_idle", progress_abort_idle),
    CALLBACK("XFERINFOFUNCTION=abort_sent", progress_abort_sent),
    CALLBACK("XFERINFOFUNCTION=abort_received", progress_abort_received),
    CALLBACK("PROGRESSFUNCTION=count", old_progress_count),
    CALLBACK("PROGRESSFUNCTION=abort", old_progress_abort),
    CALLBACK("HEADERFUNCTION=tell", tell_header),
    CALLBACK("WRITEFUNCTION=tell", tell_write),
    CALLBACK("READFUNCTION=tell", tell_read),
    CALLBACK("PROGRESSFUNCTION=tell", tell_progress),
    CALLBACK("XFERINFOFUNCTION=tell", tell_xferinfo),
    CALLBACK("SEEKFUNCTION=tell", tell_seek),
    CALLBACK("IOCTLFUNCTION=tell", tell_ioctl),
    CALLBACK("OPENSOCKETFUNCTION=tell", tell_open_socket),
    CALLBACK("CLOSESOCKETFUNCTION=tell", tell_close_socket),
    CALLBACK("SOCKOPTFUNCTION=tell", tell_sockopt),
    CALLBACK("PREREQFUNCTION=tell", tell_prereq),
    CALLBACK("RESOLVER_START_FUNCTION=tell", tell_resolver_start),
    CALLBACK("TRAILERFUNCTION=tell", tell_trailer),
    CALLBACK("SSL_CTX_FUNCTION=tell", tell_ssl_ctx),
#undef CALLBACK
};

/* ---- options ----------------------------------------------------------------------------------
 */

static void check(CURLcode code, const char *what)
{
    if (code)
        printf("setopt %s %d\n", what, (int)code);
}

static struct curl_slist *list_of(const char *value)
{
    struct curl_slist *list = NULL;
    char *copy = strdup(value);
    for (char *line = copy; line;) {
        char *end = strchr(line, '|');
        if (end)
            *end++ = '\0';
        list = curl_slist_append(list, line);
        line = end;
    }
    free(copy);
    lend(list, release_list);
    return list;
}

static bool set_callback(const char *assignment)
{
    for (size_t i = 0; i < sizeof callbacks / sizeof *callbacks; i++) {
        if (strcmp(callbacks[i].name, assignment) != 0)
            continue;
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(assignment, "="), assignment);
        const struct curl_easyoption *option = curl_easy_option_by_name(name);
        check(curl_easy_setopt(client.easy, option->id, callbacks[i].function), name);
        client.pause_write = client.pause_header = true;
        return true;
    }
    return false;
}

static void set_special(const char *name, const char *value)
{
    static CURLU *url;
    if (strcmp(name, "curlu") == 0) {
        if (!url)
            lend(url = curl_url(), release_url);
        if (strcmp(value, "NULL") != 0)
            curl_url_set(url, CURLUPART_URL, value, 0);
        check(curl_easy_setopt(client.easy, CURLOPT_CURLU, strcmp(value, "NULL") ? url : NULL),
              name);
        return;
    }
    const char *equals = strchr(value, '=');
    char *part_name = keep(strndup(value, equals ? (size_t)(equals - value) : strlen(value)));
    if (strcmp(name, "mime") == 0) {
        curl_mime *mime = curl_mime_init(client.easy);
        lend(mime, release_mime);
        curl_mimepart *part = curl_mime_addpart(mime);
        curl_mime_name(part, part_name);
        if (equals && equals[1] == '@')
            curl_mime_filedata(part, equals + 2);
        else
            curl_mime_data(part, equals ? equals + 1 : "", CURL_ZERO_TERMINATED);
        check(curl_easy_setopt(client.easy, CURLOPT_MIMEPOST, mime), name);
        return;
    }
    struct curl_httppost *form = NULL, *last = NULL;
    bool is_file = equals && equals[1] == '@';
    curl_formadd(&form, &last, CURLFORM_COPYNAME, part_name,
                 is_file ? CURLFORM_FILE : CURLFORM_COPYCONTENTS,
                 is_file  ? equals + 2
                 : equals ? equals + 1
                          : "",
                 CURLFORM_END);
    lend(form, release_form);
    check(curl_easy_setopt(client.easy, CURLOPT_HTTPPOST, form), name);
}

static void *object_value(const struct curl_easyoption *option, const char *value)
{
    if (strcmp(value, "NULL") == 0)
        return NULL;
    if (option->id == CURLOPT_ERRORBUFFER)
        return client.error;
    if (strncmp(value, "file:", 5) == 0) {
        FILE *file = fopen(value + 5, option->id == CURLOPT_READDATA ? "rb" : "wb");
        if (!file) {
            perror(value + 5);
            exit(3);
        }
        setvbuf(file, NULL, _IONBF, 0);
        return file;
    }
    if (value[0] == '@')
        return keep(read_file(value + 1).data);
    return keep(strdup(value));
}

/* What was copied may be overwritten and freed. */
static CURLcode set_copied_body(const char *value)
{
    struct text text = {0};
    if (strcmp(value, "NULL") == 0)
        return curl_easy_setopt(client.easy, CURLOPT_COPYPOSTFIELDS, NULL);
    if (value[0] == '@')
        text = read_file(value + 1);
    else
        append(&text, value, strlen(value));
    CURLcode code = curl_easy_setopt(client.easy, CURLOPT_COPYPOSTFIELDS, text.data);
    memset(text.data, '!', text.length);
    free(text.data);
    return code;
}

/* A blob that libcurl copies. */
static CURLcode set_blob(const struct curl_easyoption *option, const char *value)
{
    struct text text = {0};
    if (strcmp(value, "NULL") == 0)
        return curl_easy_setopt(client.easy, option->id, NULL);
    if (value[0] == '@')
        text = read_file(value + 1);
    else
        append(&text, value, strlen(value));
    struct curl_blob blob = {text.data, text.length, CURL_BLOB_COPY};
    CURLcode code = curl_easy_setopt(client.easy, option->id, &blob);
    memset(text.data, '!', text.length);
    free(text.data);
    return code;
}

static void set_value(const struct curl_easyoption *option, const char *value)
{
    CURLcode code;
    switch (option->type) {
    case CURLOT_LONG:
    case CURLOT_VALUES:
        code = curl_easy_setopt(client.easy, option->id, strtol(value, NULL, 0));
        break;
    case CURLOT_OFF_T:
        code = curl_easy_setopt(client.easy, option->id, (curl_off_t)strtoll(value, NULL, 0));
        break;
    case CURLOT_STRING: {
        /* libcurl copies strings: the caller's memory may be gone afterwards. */
        char *copy = strcmp(value, "NULL") == 0 ? NULL : strdup(value);
        code = curl_easy_setopt(client.easy, option->id, copy);
        if (copy)
            memset(copy, '!', strlen(copy));
        free(copy);
        break;
    }
    case CURLOT_SLIST:
        code = curl_easy_setopt(client.easy, option->id,
                                strcmp(value, "NULL") == 0 ? NULL : list_of(value));
        break;
    case CURLOT_FUNCTION:
        code = curl_easy_setopt(client.easy, option->id, NULL);
        break;
    case CURLOT_BLOB:
        code = set_blob(option, value);
        break;
    default:
        code = option->id == CURLOPT_COPYPOSTFIELDS
                   ? set_copied_body(value)
                   : curl_easy_setopt(client.easy, option->id, object_value(option, value));
        break;
    }
    check(code, option->name);
}

static void set_share(void)
{
    CURLSH *share = curl_share_init();
    lend(share, release_share);
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
    check(curl_easy_setopt(client.easy, CURLOPT_SHARE, share), "SHARE");
}

static void info_list(const char *names)
{
    while (*names) {
        char name[64];
        size_t length = strcspn(names, ",");
        snprintf(name, sizeof name, "%.*s", (int)length, names);
        info(name);
        names += length + (names[length] == ',');
    }
}

/* The limit is set to what is open and so many more, for new ones get the lowest free numbers. */
static void set_descriptors(const char *value)
{
    static struct rlimit before;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    if (strcmp(value, "all") == 0) {
        limit.rlim_cur = before.rlim_cur;
    } else {
        before = limit;
        int lowest = dup(0);
        close(lowest);
        limit.rlim_cur = (rlim_t)(lowest + atoi(value));
    }
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        perror("setrlimit");
}

static void set(const char *assignment)
{
    const char *equals = strchr(assignment, '=');
    if (!equals || set_callback(assignment)) {
        if (!equals) {
            fprintf(stderr, "easy: unknown action %s\n", assignment);
            exit(3);
        }
        return;
    }
    char name[64];
    const char *value = equals + 1;
    snprintf(name, sizeof name, "%.*s", (int)(equals - assignment), assignment);
    if (strcmp(name, "body") == 0) {
        struct text text = {0};
        if (value[0] == '@')
            text = read_file(value + 1);
        else
            append(&text, value, strlen(value));
        client.body = text;
        client.body_offset = 0;
        keep(text.data);
    } else if (strcmp(name, "share") == 0) {
        set_share();
    } else if (strcmp(name, "info") == 0) {
        info_list(value);
    } else if (strcmp(name, "perform") == 0) {
        printf("inner %d\n", (int)curl_easy_perform(client.easy));
    } else if (strcmp(name, "descriptors") == 0) {
        set_descriptors(value);
    } else if (strcmp(name, "curlu") == 0 || strcmp(name, "mime") == 0 ||
               strcmp(name, "form") == 0) {
        set_special(name, value);
    } else {
        const struct curl_easyoption *option = curl_easy_option_by_name(name);
        if (!option) {
            fprintf(stderr, "easy: unknown option %s\n", name);
            exit(3);
        }
        set_value(option, value);
    }
}

/* ---- actions ----------------------------------------------------------------------------------
 */

/* What curl_easy_perform does, in a multi handle that lives as long as the program. */
static CURLcode perform_in_multi(void)
{
    CURLcode result = CURLE_FAILED_INIT;
    int running = 1, left;
    CURLMsg *message;
    if (!client.multi)
        client.multi = curl_multi_init();
    if (curl_multi_add_handle(client.multi, client.easy) != CURLM_OK)
        return result;
    while (running) {
        if (curl_multi_perform(client.multi, &running) != CURLM_OK ||
            (running && curl_multi_poll(client.multi, NULL, 0, 1000, NULL) != CURLM_OK))
            break;
    }
    while ((message = curl_multi_info_read(client.multi, &left)) != NULL)
        if (message->msg == CURLMSG_DONE && message->easy_handle == client.easy)
            result = message->data.result;
    curl_multi_remove_handle(client.multi, client.easy);
    return result;
}

static void end_multi(void)
{
    curl_multi_cleanup(client.multi);
    client.multi = NULL;
}

static void perform(void)
{
    client.received.length = 0;
    client.body_offset = 0;
    client.progress_calls = 0;
    CURLcode code = client.in_multi ? perform_in_multi() : curl_easy_perform(client.easy);
    fflush(stdout);
    printf("result %d\n", (int)code);
    print("body", client.received.data, client.received.length);
    if (client.progress_calls)
        printf("progress %s\n", client.progress_calls ? "called" : "");
    fflush(stdout);
}

static const struct {
    const char *name;
    CURLINFO info;
} infos[] = {
#define INFO(name)             \
    {                          \
#name, CURLINFO_##name \
    }
    INFO(EFFECTIVE_URL),
    INFO(EFFECTIVE_METHOD),
    INFO(RESPONSE_CODE),
    INFO(HTTP_CONNECTCODE),
    INFO(SCHEME),
    INFO(PROTOCOL),
    INFO(HTTP_VERSION),
    INFO(CONTENT_TYPE),
    INFO(REDIRECT_URL),
    INFO(REDIRECT_COUNT),
    INFO(REDIRECT_TIME),
    INFO(REDIRECT_TIME_T),
    INFO(SIZE_DOWNLOAD),
    INFO(SIZE_DOWNLOAD_T),
    INFO(SIZE_UPLOAD),
    INFO(SIZE_UPLOAD_T),
    INFO(SPEED_DOWNLOAD),
    INFO(SPEED_DOWNLOAD_T),
    INFO(SPEED_UPLOAD),
    INFO(SPEED_UPLOAD_T),
    INFO(CONTENT_LENGTH_DOWNLOAD),
    INFO(CONTENT_LENGTH_DOWNLOAD_T),
    INFO(CONTENT_LENGTH_UPLOAD),
    INFO(CONTENT_LENGTH_UPLOAD_T),
    INFO(TOTAL_TIME),
    INFO(TOTAL_TIME_T),
    INFO(NAMELOOKUP_TIME),
    INFO(NAMELOOKUP_TIME_T),
    INFO(CONNECT_TIME),
    INFO(CONNECT_TIME_T),
    INFO(APPCONNECT_TIME),
    INFO(APPCONNECT_TIME_T),
    INFO(PRETRANSFER_TIME),
    INFO(PRETRANSFER_TIME_T),
    INFO(STARTTRANSFER_TIME),
    INFO(STARTTRANSFER_TIME_T),
    INFO(NUM_CONNECTS),
    INFO(HEADER_SIZE),
    INFO(REQUEST_SIZE),
    INFO(FILETIME),
    INFO(FILETIME_T),
    INFO(CONDITION_UNMET),
    INFO(RETRY_AFTER),
    INFO(REFERER),
    INFO(HTTPAUTH_AVAIL),
    INFO(PROXYAUTH_AVAIL),
    INFO(SSL_VERIFYRESULT),
    INFO(PROXY_SSL_VERIFYRESULT),
    INFO(PROXY_ERROR),
    INFO(SSL_ENGINES),
    INFO(OS_ERRNO),
    INFO(PRIVATE),
    INFO(PRIMARY_IP),
    INFO(PRIMARY_PORT),
    INFO(LOCAL_IP),
    INFO(LOCAL_PORT),
    INFO(LASTSOCKET),
    INFO(ACTIVESOCKET),
    INFO(COOKIELIST),
    INFO(FTP_ENTRY_PATH),
    INFO(RTSP_SESSION_ID),
    INFO(RTSP_CLIENT_CSEQ),
    INFO(RTSP_SERVER_CSEQ),
    INFO(RTSP_CSEQ_RECV),
#if LIBCURL_VERSION_NUM >= 0x075400
    INFO(CAINFO),
    INFO(CAPATH),
#endif
#if LIBCURL_VERSION_NUM >= 0x080200
    INFO(XFER_ID),
    INFO(CONN_ID),
#endif
#if LIBCURL_VERSION_NUM >= 0x080600
    INFO(QUEUE_TIME_T),
#endif
#if LIBCURL_VERSION_NUM >= 0x080700
    INFO(USED_PROXY),
#endif
#if LIBCURL_VERSION_NUM >= 0x080a00
    INFO(POSTTRANSFER_TIME_T),
#endif
#if LIBCURL_VERSION_NUM >= 0x080b00
    INFO(EARLYDATA_SENT_T),
#endif
#if LIBCURL_VERSION_NUM >= 0x080c00
    INFO(HTTPAUTH_USED),
    INFO(PROXYAUTH_USED),
#endif
#undef INFO
};

static void print_list(const char *name, struct curl_slist *list)
{
    for (struct curl_slist *line = list; line; line = line->next) {
        char label[80];
        snprintf(label, sizeof label, "info %s", name);
        print(label, line->data, strlen(line->data));
    }
    curl_slist_free_all(list);
}

static void info(const char *name)
{
    for (size_t i = 0; i < sizeof infos / sizeof *infos; i++) {
        if (strcmp(infos[i].name, name) != 0)
            continue;
        CURLINFO id = infos[i].info;
        char *string = NULL;
        long number = 0;
        double seconds = 0;
        curl_off_t offset = 0;
        struct curl_slist *list = NULL;
        curl_socket_t socket = CURL_SOCKET_BAD;
        switch ((int)id & CURLINFO_TYPEMASK) {
        case CURLINFO_SOCKET:
            curl_easy_getinfo(client.easy, id, &socket);
            printf("info %s %d\n", name, (int)socket);
            break;
        case CURLINFO_STRING:
            curl_easy_getinfo(client.easy, id, &string);
            printf("info %s %s\n", name, string ? string : "(null)");
            break;
        case CURLINFO_LONG:
            curl_easy_getinfo(client.easy, id, &number);
            printf("info %s %ld\n", name, number);
            break;
        case CURLINFO_DOUBLE:
            curl_easy_getinfo(client.easy, id, &seconds);
            printf("info %s %f\n", name, seconds);
            break;
        case CURLINFO_OFF_T:
            curl_easy_getinfo(client.easy, id, &offset);
            printf("info %s %lld\n", name, (long long)offset);
            break;
        default:
            curl_easy_getinfo(client.easy, id, &list);
            print_list(name, list);
            break;
        }
        return;
    }
    fprintf(stderr, "easy: unknown info %s\n", name);
    exit(3);
}

static void set_later(const char *action)
{
    static const char *const events[] = {"in:header:", "in:write:", "in:progress:"};
    for (unsigned i = 0; i < 3; i++)
        if (strncmp(action, events[i], strlen(events[i])) == 0)
            client.pending[i] = keep(strdup(action + strlen(events[i])));
}

static void duplicate(void)
{
    CURL *twin = curl_easy_duphandle(client.easy);
    if (!twin)
        puts("no duplicate");
    else
        client.easy = twin;
}

static int act(char **arguments)
{
    const char *action = arguments[0];
    if (strcmp(action, "perform") == 0) {
        perform();
    } else if (strncmp(action, "interface=", 10) == 0) {
        client.in_multi = strcmp(action + 10, "multi") == 0;
    } else if (strcmp(action, "info") == 0) {
        info(arguments[1]);
        return 2;
    } else if (strcmp(action, "sleep") == 0) {
        usleep((useconds_t)atoi(arguments[1]) * 1000);
        return 2;
    } else if (strcmp(action, "say") == 0) {
        print("say", arguments[1], strlen(arguments[1]));
        return 2;
    } else if (strcmp(action, "await") == 0) {
        while (access(arguments[1], F_OK) != 0)
            usleep(2000);
        return 2;
    } else if (strcmp(action, "reset") == 0) {
        curl_easy_reset(client.easy);
    } else if (strcmp(action, "dup") == 0) {
        duplicate();
    } else if (strcmp(action, "first") == 0) {
        client.easy = client.first;
    } else if (strcmp(action, "close") == 0) {
        curl_easy_cleanup(client.easy);
        client.easy = client.first;
    } else if (strcmp(action, "only") == 0) {
        if (client.first != client.easy)
            curl_easy_cleanup(client.first);
        client.first = client.easy;
    } else if (strcmp(action, "fresh") == 0) {
        curl_easy_cleanup(client.first);
        client.first = client.easy = curl_easy_init();
    } else if (strcmp(action, "calls") == 0) {
        printf("calls %u\n", client.progress_calls);
    } else if (strcmp(action, "error") == 0) {
        print("error", client.error, strlen(client.error));
    } else if (strcmp(action, "global_cleanup") == 0) {
        curl_easy_cleanup(client.first);
        end_multi();
        curl_global_cleanup();
        curl_global_init(CURL_GLOBAL_ALL);
        client.first = client.easy = curl_easy_init();
    } else if (strncmp(action, "in:", 3) == 0) {
        set_later(action);
    } else {
        set(action);
    }
    return 1;
}

int main(int argc, char **argv)
{
    int at = 1;
    curl_global_init(CURL_GLOBAL_ALL);
    client.first = client.easy = curl_easy_init();
    while (at < argc && strcmp(argv[at], "repeat") != 0)
        at += act(argv + at);
    if (at + 1 < argc) {
        for (int round = 0, rounds = atoi(argv[at + 1]); round < rounds; round++)
            for (int i = at + 2; i < argc;)
                i += act(argv + i);
    }
    if (client.easy != client.first)
        curl_easy_cleanup(client.easy);
    curl_easy_cleanup(client.first);
    end_multi();
    for (; lent_count; lent_count--)
        lent[lent_count - 1].release(lent[lent_count - 1].object);
    curl_global_cleanup();
    for (size_t i = 0; i < client.kept_count; i++)
        free(client.kept[i]);
    free(client.received.data);
    return 0;
}
