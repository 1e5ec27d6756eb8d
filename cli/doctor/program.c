// Whether a program can be wrapped.

#include "cli/doctor/program.h"

#include "cli/doctor/elf_file.h"
#include "cli/doctor/libraries.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define PROXY                                                                                 \
    "run `vespa proxy` and let the program send its requests to http://127.0.0.1:8010 (with " \
    "many programs OPENAI_BASE_URL or a setting of that kind says so)"

enum { DEEPEST = 4 }; // scripts that are run by scripts

static void yes(struct vespa_report *report, const char *path, const char *why)
{
    vespa_report_add(report, VESPA_FINDING_OK, "program", NULL, "%s can be wrapped: %s", path, why);
}

static void no(struct vespa_report *report, const char *path, const char *why)
{
    vespa_report_add(report, VESPA_FINDING_FAIL, "program", PROXY, "%s cannot be wrapped: %s", path,
                     why);
}

// The file that a shell would run. False: there is none.
static bool find_program(const char *name, char path[static PATH_MAX])
{
    char candidate[PATH_MAX];
    const char *places = getenv("PATH");
    if (strchr(name, '/'))
        return realpath(name, path) != NULL;
    while (places && *places) {
        size_t length = strcspn(places, ":");
        int written = snprintf(candidate, sizeof candidate, "%.*s/%s", (int)length,
                               length ? places : ".", name);
        if (written > 0 && (size_t)written < sizeof candidate && access(candidate, X_OK) == 0 &&
            realpath(candidate, path))
            return true;
        places += length + (places[length] == ':');
    }
    return false;
}

// ---- what the file's mode says ----------------------------------------------------------------

// In such a process the dynamic linker takes no libraries from the environment (AT_SECURE).
static const char *privilege(const char *path, const struct stat *status)
{
    if (status->st_mode & (S_ISUID | S_ISGID))
        return "it is setuid or setgid, and the dynamic linker preloads nothing into such programs";
    if (getxattr(path, "security.capability", NULL, 0) > 0)
        return "it has file capabilities, and the dynamic linker preloads nothing into such "
               "programs";
    return NULL;
}

// ---- what the ELF file says --------------------------------------------------------------------

static bool holds(struct vespa_slice file, const char *text)
{
    return file.length && memmem(file.data, file.length, text, strlen(text));
}

// libcurl says of itself "libcurl/8.5.0"; programs that only use it print what it says.
static bool embeds_libcurl(struct vespa_slice file)
{
    static const char name[] = "libcurl/";
    struct vespa_slice rest = file;
    const char *found;
    while (rest.length && (found = memmem(rest.data, rest.length, name, strlen(name))) != NULL) {
        size_t at = (size_t)(found - rest.data) + strlen(name);
        rest = vespa_slice_part(rest, at, rest.length);
        if (rest.length && rest.data[0] >= '0' && rest.data[0] <= '9')
            return true;
    }
    return holds(file, "libcurl/%s");
}

static const char *misfit(const struct vespa_elf *elf)
{
    if (!elf->is_native)
        return elf->bits == 8 * sizeof(void *) ? "it is for another processor than libvespa_shim.so"
                                               : "it is of another word size than "
                                                 "libvespa_shim.so";
    if (!elf->interpreter.length && holds(elf->file, "Go build"))
        return "it is a Go program, statically linked: there is no dynamic linker that could "
               "preload anything, and Go has an HTTP client of its own";
    if (!elf->interpreter.length)
        return embeds_libcurl(elf->file)
                   ? "it is statically linked, libcurl too: there is no dynamic linker that could "
                     "preload anything"
                   : "it is statically linked: there is no dynamic linker that could preload "
                     "anything";
    if (vespa_slice_contains_nocase(elf->interpreter, VESPA_LITERAL("ld-musl")))
        return "it is linked with musl, and libvespa_shim.so with glibc";
    return NULL;
}

// Interpreters have libcurl by a module, and shells by what they start, which cannot be seen in
// their own files. "python3.11" is python.
static const char *module_of(const char *path)
{
    static const struct {
        const char *name;
        const char *module;
    } interpreters[] = {
        {"php", "its curl extension is routed; PHP's own http:// streams are not"},
        {"python", "pycurl is routed; requests, httpx, aiohttp and urllib do not use libcurl"},
        {"ruby", "typhoeus, curb and patron are routed; Net::HTTP and Faraday's default are not"},
        {"node", "node-libcurl is routed; fetch and http are not"},
        {"nodejs", "node-libcurl is routed; fetch and http are not"},
        {"perl", "WWW::Curl and Net::Curl are routed; LWP is not"},
        {"R", "curl and httr are routed"},
        {"Rscript", "curl and httr are routed"},
        {"lua", "Lua-cURL is routed; LuaSocket is not"},
        {"luajit", "what opens libcurl by ffi.load is routed; LuaSocket is not"},
        {"tclsh", "TclCurl is routed"},
        {"java", "only what reaches libcurl by JNI or JNA is routed; Java's own clients are not"},
        {"dotnet", "only what reaches libcurl by P/Invoke is routed; HttpClient is not"},
        {"git", "git-remote-http, which it starts, is routed"},
        {"bash", "programs that it starts are routed if they use libcurl"},
        {"dash", "programs that it starts are routed if they use libcurl"},
        {"sh", "programs that it starts are routed if they use libcurl"},
        {"zsh", "programs that it starts are routed if they use libcurl"},
    };
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    for (size_t i = 0; i < sizeof interpreters / sizeof interpreters[0]; i++) {
        size_t length = strlen(interpreters[i].name);
        if (strncmp(name, interpreters[i].name, length) == 0 &&
            !isalpha((unsigned char)name[length]))
            return interpreters[i].module;
    }
    return NULL;
}

static void judge_libcurl(struct vespa_report *report, const char *path,
                          const struct vespa_elf *elf)
{
    char by[PATH_MAX + 100];
    const char *module = module_of(path);
    if (vespa_libraries_find_libcurl(path, elf, by, sizeof by))
        yes(report, path, by);
    else if (embeds_libcurl(elf->file))
        no(report, path,
           "libcurl is linked into it statically, where its functions cannot be "
           "replaced");
    else if (holds(elf->file, "libcurl.so") || holds(elf->file, "libcurl-gnutls.so"))
        yes(report, path, "it opens libcurl by name (dlopen)");
    else if (module)
        vespa_report_add(report, VESPA_FINDING_WARN, "program", PROXY,
                         "%s can be wrapped if its code uses libcurl: %s", path, module);
    else
        no(report, path,
           "there is no sign of libcurl in it, so its requests are made by something "
           "else");
}

// ---- scripts and files ------------------------------------------------------------------------

static void judge(struct vespa_report *report, const char *name, int depth);

// "#!/usr/bin/env -S python3 -u": the words' first that is a program.
static void judge_script(struct vespa_report *report, const char *path, struct vespa_slice file,
                         int depth)
{
    char line[256];
    size_t end = vespa_slice_find(file, '\n');
    end = end < sizeof line ? end : sizeof line - 1;
    memcpy(line, file.data, end);
    line[end] = '\0';
    char *rest = NULL;
    char *word = strtok_r(line + 2, " \t\r", &rest);
    if (word && strcmp(strrchr(word, '/') ? strrchr(word, '/') + 1 : word, "env") == 0)
        do
            word = strtok_r(NULL, " \t\r", &rest);
        while (word && (word[0] == '-' || strchr(word, '=')));
    if (!word) {
        no(report, path, "it is a script that names no interpreter");
        return;
    }
    vespa_report_add(report, VESPA_FINDING_OK, "script", NULL, "%s is run by %s", path, word);
    judge(report, word, depth + 1);
}

static void judge_file(struct vespa_report *report, const char *path, struct vespa_slice file,
                       int depth)
{
    struct vespa_elf elf;
    if (vespa_slice_starts_with(file, VESPA_LITERAL("#!"))) {
        judge_script(report, path, file, depth);
        return;
    }
    if (!vespa_elf_read(file, &elf)) {
        no(report, path, "it is neither an ELF program nor a script");
        return;
    }
    const char *wrong = misfit(&elf);
    if (wrong)
        no(report, path, wrong);
    else
        judge_libcurl(report, path, &elf);
}

static void judge(struct vespa_report *report, const char *name, int depth)
{
    char path[PATH_MAX];
    struct stat status;
    struct vespa_slice file = {0};
    if (depth > DEEPEST || !find_program(name, path)) {
        vespa_report_add(report, VESPA_FINDING_FAIL, "program",
                         "name a file, or a program that is in PATH", "there is no program %s",
                         name);
        return;
    }
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode) || !vespa_library_map(path, &file)) {
        vespa_report_add(report, VESPA_FINDING_FAIL, "program", NULL,
                         "%s is no file that can be read", path);
        return;
    }
    const char *privileged = privilege(path, &status);
    if (privileged)
        no(report, path, privileged);
    else
        judge_file(report, path, file, depth);
    vespa_library_unmap(file);
}

void vespa_doctor_program(struct vespa_report *report, const char *name)
{
    judge(report, name, 0);
}
