/*
 * A program that holds libcurl in the ways that its arguments say, one after the other; "-" where
 * there is nothing to be said:
 *
 *     run LABEL            with the libcurl that it is linked with, if it is (-DLINKED)
 *     multi LABEL          the same in a multi handle
 *     asking LABEL         in a multi handle, and asks that what libcurl may be too old for
 *     open FILE MODE       dlopen; MODE: n RTLD_NOW, l RTLD_LAZY, g RTLD_GLOBAL, d RTLD_DEEPBIND
 *     space FILE           dlmopen, in a namespace of its own
 *     version VERSION      what is looked up by name from now on has this version: dlvsym
 *     plugin LABEL         with the plugin that was opened last
 *     plugin-multi LABEL
 *     plugin-jump LABEL    the same with a handle that the plugin made by a jump to libcurl
 *     both LABEL           handles of program and plugin, set up one after the other, then used
 *     plugin-jit LABEL     the same, called from code that was made at run time
 *     given LABEL          the plugin uses a handle that the program made
 *     taken LABEL          the program uses a handle that the plugin made and set up
 *     threads LABEL        handles that as many threads make at once, for program and plugin
 *     forks COUNT          so many children, while a thread keeps calling libcurl
 *     end -, plugin-end -  curl_global_cleanup, by program or plugin
 *     close -              dlclose of what was opened last
 *     handle LABEL         functions by dlsym from what was opened last
 *     default LABEL        by dlsym(RTLD_DEFAULT, …)
 *     next LABEL           by dlsym(RTLD_NEXT, …)
 *     plugin-default LABEL, plugin-next LABEL   the same from the plugin
 *     global LABEL         as D's std.net.curl: from the program, if curl_global_init is there
 *     missing NAME         NAME is nowhere: dlsym says so, and so does dlerror
 *     absent FILE          FILE cannot be opened: dlerror names it
 *     atexit LABEL         a request at exit
 *     after LABEL          a request from a destructor of the program
 */
#include "tests/layouts/parts/client.h"
#include "tests/layouts/parts/ffi.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct plugin {
    void *handle;
    __typeof__(&layout_begin) begin;
    __typeof__(&layout_finish) finish;
    __typeof__(&layout_finish) finish_multi;
    __typeof__(&layout_finish) finish_asking;
    __typeof__(&layout_end) end;
    __typeof__(&layout_make) make;
    __typeof__(&layout_begin_with) begin_with;
    __typeof__(&ffi_request) ffi;
    __typeof__(&layout_touch) touch;
};

enum { MOST_PLUGINS = 8 };

static struct plugin plugins[MOST_PLUGINS + 1]; /* the first is the program itself */
static unsigned plugin_count;
static const char *at_exit, *after;

#ifdef LINKED
#define OWN                                                                                       \
    {                                                                                             \
        NULL, layout_begin, layout_finish, layout_finish_multi, layout_finish_asking, layout_end, \
            layout_make, layout_begin_with, ffi_request, layout_touch                             \
    }
#else
#define OWN            \
    {                  \
        .handle = NULL \
    }
#endif

static void fail(const char *what)
{
    const char *error = dlerror();
    printf("%s: %s\n", what, error ? error : "no error");
    exit(3);
}

static const struct plugin *own(void)
{
    static const struct plugin program = OWN;
    if (!program.begin)
        fail("the program is not linked with libcurl");
    return &program;
}

static struct plugin *last(void)
{
    if (plugin_count == 0)
        fail("nothing is open");
    return &plugins[plugin_count - 1];
}

static void open_plugin(const char *file, const char *letters)
{
    int mode = strchr(letters, 'n') ? RTLD_NOW : RTLD_LAZY;
    mode |= strchr(letters, 'g') ? RTLD_GLOBAL : RTLD_LOCAL;
    mode |= strchr(letters, 'd') ? RTLD_DEEPBIND : 0;
    struct plugin *plugin = &plugins[plugin_count++];
    *plugin = (struct plugin){.handle = dlopen(file, mode)};
    if (!plugin->handle)
        fail(file);
    plugin->begin = (__typeof__(plugin->begin))dlsym(plugin->handle, "layout_begin");
    plugin->finish = (__typeof__(plugin->finish))dlsym(plugin->handle, "layout_finish");
    plugin->finish_multi = (__typeof__(plugin->finish))dlsym(plugin->handle, "layout_finish_multi");
    plugin->end = (__typeof__(plugin->end))dlsym(plugin->handle, "layout_end");
    plugin->make = (__typeof__(plugin->make))dlsym(plugin->handle, "layout_make");
    plugin->begin_with = (__typeof__(plugin->begin_with))dlsym(plugin->handle, "layout_begin_with");
    plugin->ffi = (__typeof__(plugin->ffi))dlsym(plugin->handle, "ffi_request");
}

static void open_namespace(const char *file)
{
    struct plugin *plugin = &plugins[plugin_count++];
    *plugin = (struct plugin){.handle = dlmopen(LM_ID_NEWLM, file, RTLD_NOW)};
    if (!plugin->handle)
        fail(file);
}

static void run(const struct plugin *plugin, const char *label)
{
    if (!plugin->begin)
        fail("what is open has no client in it");
    plugin->finish(plugin->begin(label));
}

static void run_multi(const struct plugin *plugin, const char *label)
{
    if (!plugin->begin)
        fail("what is open has no client in it");
    plugin->finish_multi(plugin->begin(label));
}

static void run_jump(const struct plugin *plugin, const char *label)
{
    if (!plugin->make)
        fail("what is open has no client in it");
    plugin->finish(plugin->begin_with(plugin->make(), label));
}

/* Calls its argument, a function, from memory that belongs to no object. */
static void *call_from_new_code(void *(*function)(void))
{
#if defined(__x86_64__)
    /* sub $8, %rsp; call *%rdi; add $8, %rsp; ret */
    static const unsigned char code[] = {0x48, 0x83, 0xec, 0x08, 0xff, 0xd7,
                                         0x48, 0x83, 0xc4, 0x08, 0xc3};
#elif defined(__aarch64__)
    /* stp x29, x30, [sp, #-16]!; blr x0; ldp x29, x30, [sp], #16; ret */
    static const unsigned code[] = {0xa9bf7bfd, 0xd63f0000, 0xa8c17bfd, 0xd65f03c0};
#endif
    void *memory =
        mmap(NULL, sizeof code, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        fail("mmap");
    memcpy(memory, code, sizeof code);
    __builtin___clear_cache(memory, (char *)memory + sizeof code);
    if (mprotect(memory, sizeof code, PROT_READ | PROT_EXEC) != 0)
        fail("mprotect");
    return ((void *(*)(void *(*)(void)))memory)(function);
}

static void run_jit(const struct plugin *plugin, const char *label)
{
    if (!plugin->make)
        fail("what is open has no client in it");
    plugin->finish(plugin->begin_with(call_from_new_code(plugin->make), label));
}

static void run_plugins_ffi(void *handle, const char *label)
{
    if (!last()->ffi)
        fail("what is open has no foreign function interface in it");
    last()->ffi(handle, label);
}

/* Three handles of each, begun and finished in turn. */
static void run_both(const char *label)
{
    enum { EACH = 3 };
    void *requests[2][EACH];
    char name[64];
    for (unsigned i = 0; i < EACH; i++) {
        snprintf(name, sizeof name, "%s-own-%u", label, i);
        requests[0][i] = own()->begin(name);
        snprintf(name, sizeof name, "%s-plugin-%u", label, i);
        requests[1][i] = last()->begin(name);
    }
    last()->finish(requests[1][0]);
    own()->finish(requests[0][0]);
    own()->finish_multi(requests[0][1]);
    last()->finish_multi(requests[1][1]);
    own()->finish(requests[0][2]);
    last()->finish(requests[1][2]);
}

enum { THREADS = 8 };

static pthread_barrier_t start;

struct maker {
    const struct plugin *plugin;
    char label[64];
    void *request;
};

static void *make_one(void *context)
{
    struct maker *maker = context;
    pthread_barrier_wait(&start);
    maker->request = maker->plugin->begin(maker->label);
    return NULL;
}

static void run_threads(const char *label)
{
    struct maker makers[THREADS];
    pthread_t threads[THREADS];
    pthread_barrier_init(&start, NULL, THREADS);
    for (unsigned i = 0; i < THREADS; i++) {
        makers[i] = (struct maker){.plugin = i % 2 ? last() : own()};
        snprintf(makers[i].label, sizeof makers[i].label, "%s-%u", label, i);
        if (pthread_create(&threads[i], NULL, make_one, &makers[i]) != 0)
            fail("pthread_create");
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (unsigned i = 0; i < THREADS; i++)
        makers[i].plugin->finish(makers[i].request);
}

static void *touch_always(void *context)
{
    const struct plugin *plugin = context;
    for (;;)
        plugin->touch();
    return NULL;
}

/* Returns whether the child got through; one that hangs is ended. */
static bool child_touches(const struct plugin *plugin)
{
    int status = 1;
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        plugin->touch();
        _exit(0);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static void run_forks(int count)
{
    pthread_t thread;
    int back = 0;
    if (pthread_create(&thread, NULL, touch_always, (void *)own()) != 0)
        fail("pthread_create");
    while (back < count && child_touches(own()))
        back++;
    printf("%d children came back\n", back);
    exit(0);
}

static void as_d_does(const char *label)
{
    void *program = dlopen(NULL, RTLD_LAZY);
    if (!dlsym(program, "curl_global_init"))
        fail("curl_global_init");
    ffi_request(program, label);
    dlclose(program);
}

static void expect_missing(const char *name)
{
    static void *const handles[] = {RTLD_DEFAULT, RTLD_NEXT};
    for (unsigned i = 0; i < 2; i++) {
        dlerror();
        void *symbol = dlsym(handles[i], name);
        const char *error = dlerror();
        printf("%s is %s, dlerror %s\n", name, symbol ? "there" : "not there",
               error && strstr(error, name) ? "names it"
               : error                      ? error
                                            : "says nothing");
    }
}

static void expect_absent(const char *file)
{
    void *opened = dlopen(file, RTLD_NOW);
    const char *error = dlerror();
    const char *told = error && strstr(error, file) ? "names it" : error;
    printf("%s is %s, dlerror %s\n", file, opened ? "there" : "not there",
           told ? told : "says nothing");
    if (opened)
        dlclose(opened);
}

static void run_at_exit(void)
{
    run(plugin_count ? last() : own(), at_exit);
}

__attribute__((destructor)) static void run_after(void)
{
    if (after)
        run(plugin_count ? last() : own(), after);
}

static void do_one(const char *word, char **arguments, int *used)
{
    const char *argument = arguments[0];
    *used = 1;
    if (strcmp(word, "run") == 0)
        run(own(), argument);
    else if (strcmp(word, "multi") == 0)
        run_multi(own(), argument);
    else if (strcmp(word, "asking") == 0)
        own()->finish_asking(own()->begin(argument));
    else if (strcmp(word, "space") == 0)
        open_namespace(argument);
    else if (strcmp(word, "version") == 0)
        ffi_version = argument;
    else if (strcmp(word, "open") == 0)
        open_plugin(argument, arguments[(*used)++]);
    else if (strcmp(word, "plugin") == 0)
        run(last(), argument);
    else if (strcmp(word, "plugin-multi") == 0)
        run_multi(last(), argument);
    else if (strcmp(word, "plugin-jump") == 0)
        run_jump(last(), argument);
    else if (strcmp(word, "plugin-jit") == 0)
        run_jit(last(), argument);
    else if (strcmp(word, "given") == 0)
        last()->finish(last()->begin_with(own()->make(), argument));
    else if (strcmp(word, "taken") == 0)
        own()->finish(last()->begin(argument));
    else if (strcmp(word, "both") == 0)
        run_both(argument);
    else if (strcmp(word, "threads") == 0)
        run_threads(argument);
    else if (strcmp(word, "forks") == 0)
        run_forks(atoi(argument));
    else if (strcmp(word, "handle") == 0)
        ffi_request(last()->handle, argument);
    else if (strcmp(word, "default") == 0)
        ffi_request(RTLD_DEFAULT, argument);
    else if (strcmp(word, "next") == 0)
        ffi_request(RTLD_NEXT, argument);
    else if (strcmp(word, "plugin-default") == 0)
        run_plugins_ffi(RTLD_DEFAULT, argument);
    else if (strcmp(word, "plugin-next") == 0)
        run_plugins_ffi(RTLD_NEXT, argument);
    else if (strcmp(word, "global") == 0)
        as_d_does(argument);
    else if (strcmp(word, "missing") == 0)
        expect_missing(argument);
    else if (strcmp(word, "absent") == 0)
        expect_absent(argument);
    else if (strcmp(word, "atexit") == 0 && (at_exit = argument) != NULL)
        atexit(run_at_exit);
    else if (strcmp(word, "after") == 0)
        after = argument;
    else if (strcmp(word, "close") == 0 && dlclose(last()->handle) == 0)
        plugin_count--;
    else if (strcmp(word, "end") == 0)
        own()->end();
    else if (strcmp(word, "plugin-end") == 0)
        last()->end();
    else
        fail(word);
}

int main(int count, char **words)
{
    for (int i = 1, used; i < count; i += 1 + used)
        do_one(words[i], words + i + 1, &used);
    return 0;
}
