# vespa: GNU make. `make help` lists the targets; README.md and scripts/ are the way in for users.
#
#   make [CC=clang] [BUILD=dir] [WERROR=1] [CFLAGS='-g -O2'] [V=1]
#
# Where a source lies decides what becomes of it; no list of files is kept here.
#
#   core/*.c                     build/libvespa_core.a
#   shim/*.c shim/*.S            build/libvespa_shim.so        (with core; exports: shim/shim.map)
#   lib/*.c                      build/libvespa.so.0           (with core; exports: lib/libvespa.map)
#                                build/libvespa.a              the same exports and no other symbols
#                                build/libvespa_lib.a          for cli and tests: nothing is hidden
#   cli/**/*.c                   build/vespa                   (with lib, core)
#   tests/unit/test_*.c          build/tests/unit/test_*       core
#   tests/shim/test_*.c          build/tests/shim/test_*       shim without shim/hooks.c, core,
#                                                              tests/support/*.c
#   tests/lib/test_*.c           build/tests/lib/test_*        libvespa.so.0, tests/support/*.c
#   tests/engine/test_*.c        build/tests/engine/test_*     lib, core, tests/support/*.c
#   tests/sim/test_*.c           build/tests/sim/test_*        tests/support/*.c
#   tests/cli/test_*.c           build/tests/cli/test_*        tests/support/*.c
#   tests/proxy/test_*.c         build/tests/proxy/test_*      tests/support/*.c
#   tests/preload/test_*.c       build/tests/preload/test_*    tests/support/*.c
#   tests/layouts/test_*.c       build/tests/layouts/test_*    tests/support/*.c
#   tests/layouts/parts/*.c      build/tests/layouts/parts/*   programs and libraries that hold
#                                                              libcurl: tests/layouts/layouts.mk
#   tests/preload/programs/*.c   build/tests/programs/*        ordinary libcurl programs, nothing of ours
#                                build/tests/programs/*-gnutls the same with libcurl's GnuTLS flavour
#   tests/preload/libraries/*.c  build/tests/libraries/*.so    what they are preloaded with beside us
#   tests/clients/test_*.c       build/tests/clients/test_*    tests/support/*.c
#   tests/clients/programs/X.c   build/tests/clients/programs/X   for each library X that is there
#   tests/bench/bench_*.c        build/bench/bench_*           core
#   tests/bench/programs/*.c     build/bench/programs/*        programs that benchmarks measure, nothing of ours
#   tests/bench/libraries/*.c    build/bench/libraries/*.so    what they are preloaded with beside us
#   tests/fuzz/fuzz_*.c          build-fuzz/fuzz/fuzz_*        core, with clang's fuzzer
#
# Other .c files beside the test_*.c of a directory are helpers, linked with each test of it.
#
# The shim for another machine, of which no more is needed than libcurl's headers:
#
#   make shim CC=aarch64-linux-gnu-gcc BUILD=build-aarch64 PKG_CONFIG=false CPPFLAGS=-I/dir/of/curl
#
# and all of it, where its libraries are installed too (Debian: dpkg --add-architecture arm64, and the
# -dev packages that scripts/setup names, with :arm64):
#
#   make CC=aarch64-linux-gnu-gcc BUILD=build-aarch64 PKG_CONFIG=aarch64-linux-gnu-pkg-config

MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

ifeq ($(origin CC),default)
CC := gcc
endif
BUILD ?= build
PREFIX ?= /usr/local
PKG_CONFIG ?= pkg-config
OBJCOPY ?= objcopy
NPROC := $(shell nproc 2>/dev/null || echo 2)
Q := $(if $(V),,@)

# ---- flags ------------------------------------------------------------------------------------

# SANITIZE is set by the targets asan, tsan and fuzz below, never by hand.
SANITIZE ?=
CFLAGS ?= -g $(if $(SANITIZE),-O1,-O2)
SANITIZE_FLAGS := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all \
	-fno-omit-frame-pointer)

# What pkg-config says of a library, or else the second argument.
libs = $(or $(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null),$(2))
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags libcurl libcjson libmicrohttpd cmocka 2>/dev/null)
CURL_LIBS := $(call libs,libcurl,-lcurl)
CJSON_LIBS := $(call libs,libcjson,-lcjson)
CMOCKA_LIBS := $(call libs,cmocka,-lcmocka)
SSL_LIBS := $(call libs,openssl,-lssl -lcrypto)
CLI_LIBS := $(call libs,libmicrohttpd,-lmicrohttpd) $(CJSON_LIBS) $(SSL_LIBS) $(CURL_LIBS) \
	$(call libs,zlib,-lz) -lm

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wvla
# An empty _GNU_SOURCE is what `#define _GNU_SOURCE` makes, so a source may say it once more.
ALL_CPPFLAGS := -I. -D_GNU_SOURCE= $(PKG_CFLAGS) $(CPPFLAGS)
ALL_CFLAGS := -std=gnu17 $(WARNINGS) -fvisibility=hidden -fPIC -ffunction-sections \
	-fdata-sections -pthread $(SANITIZE_FLAGS) $(CFLAGS)
ALL_LDFLAGS := -pthread -Wl,--as-needed $(SANITIZE_FLAGS) $(LDFLAGS)
LAST_LIBS := -ldl -pthread

comma := ,

# The shim depends on libc alone. Under a sanitizer it needs the runtime too, and is to be the first
# that the dynamic linker initialises: AddressSanitizer starts up within the first malloc and takes
# glibc's locale lock there, which hangs when that malloc is part of a newlocale (libp11-kit, and
# with it Debian's curl).
SHIM_MAP := $(wildcard shim/shim.map)
SHIM_LDFLAGS := -shared $(if $(SHIM_MAP),-Wl$(comma)--version-script=$(SHIM_MAP)) \
	-Wl,-z,$(if $(SANITIZE),initfirst,defs) -Wl,-z,relro,-z,now -Wl,-z,noexecstack \
	-Wl,--exclude-libs,ALL -Wl,--gc-sections

LIB_MAP := lib/libvespa.map
LIB_LDFLAGS := -shared -Wl,-soname,libvespa.so.0 -Wl,--version-script=$(LIB_MAP) \
	$(if $(SANITIZE),,-Wl$(comma)-z$(comma)defs) -Wl,-z,relro,-z,now -Wl,-z,noexecstack \
	-Wl,--exclude-libs,ALL -Wl,--gc-sections

# ---- what is to be built ----------------------------------------------------------------------

find_c = $(sort $(shell find $(wildcard $(1)) -name '*.c' 2>/dev/null))
objects = $(patsubst %,$(BUILD)/obj/%.o,$(basename $(1)))

CORE_SOURCES := $(sort $(wildcard core/*.c))
SHIM_SOURCES := $(sort $(wildcard shim/*.c shim/*.S))
LIB_SOURCES := $(sort $(wildcard lib/*.c))
CLI_SOURCES := $(if $(wildcard cli),$(call find_c,cli))
SUPPORT_SOURCES := $(sort $(wildcard tests/support/*.c))
LIBRARY_SOURCES := $(sort $(wildcard tests/preload/libraries/*.c))
PROGRAM_SOURCES := $(sort $(wildcard tests/preload/programs/*.c))
CLIENT_SOURCES := $(sort $(wildcard tests/clients/programs/*.c))
BENCH_SOURCES := $(sort $(wildcard tests/bench/bench_*.c))
BENCH_PROGRAM_SOURCES := $(sort $(wildcard tests/bench/programs/*.c))
BENCH_LIBRARY_SOURCES := $(sort $(wildcard tests/bench/libraries/*.c))
FUZZ_SOURCES := $(sort $(wildcard tests/fuzz/fuzz_*.c))

CORE := $(BUILD)/libvespa_core.a
SHIM := $(BUILD)/libvespa_shim.so
SHIM_FOR_TESTS := $(BUILD)/libvespa_shim_tests.a
LIB := $(BUILD)/libvespa_lib.a
LIB_SHARED := $(BUILD)/libvespa.so.0
LIB_STATIC := $(BUILD)/libvespa.a
CLI := $(BUILD)/vespa
PROGRAMS := $(patsubst tests/preload/programs/%.c,$(BUILD)/tests/programs/%,$(PROGRAM_SOURCES))
# Programs of other libraries' event loops, and what they share.
CLIENT_LIBRARIES := $(foreach l,libevent libuv,$(if $(shell $(PKG_CONFIG) --exists $(l) && echo yes),$(l)))
CLIENT_PROGRAMS := $(addprefix $(BUILD)/tests/clients/programs/,$(filter $(CLIENT_LIBRARIES),\
	$(patsubst tests/clients/programs/%.c,%,$(CLIENT_SOURCES))))
# libcurl's GnuTLS flavour, of which Debian's git has need: without its headers, which are the same.
GNUTLS_CURL := $(firstword $(wildcard $(addsuffix /libcurl-gnutls.so.4,/usr/lib/*-linux-gnu* /usr/lib)))
GNUTLS_PROGRAMS := $(if $(GNUTLS_CURL),$(addsuffix -gnutls,$(PROGRAMS)))
LIBRARIES := $(patsubst tests/preload/libraries/%.c,$(BUILD)/tests/libraries/%.so,$(LIBRARY_SOURCES))
BENCHES := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(BENCH_SOURCES))
BENCH_PROGRAMS := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(BENCH_PROGRAM_SOURCES))
BENCH_LIBRARIES := $(patsubst tests/bench/%.c,$(BUILD)/bench/%.so,$(BENCH_LIBRARY_SOURCES))
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(FUZZ_SOURCES))

VERSION := $(shell sed -n 's/^.define VESPA_VERSION "\(.*\)"/\1/p' lib/vespa.h 2>/dev/null)

# A directory that has no source yet is left out.
PRODUCTS := $(if $(CORE_SOURCES),$(CORE)) $(if $(SHIM_SOURCES),$(SHIM)) $(if $(CLI_SOURCES),$(CLI)) \
	$(if $(LIB_SOURCES),$(LIB) $(LIB_SHARED) $(LIB_STATIC))

.PHONY: all shim tests benches check clients demo clean format lint asan tsan bench bench-quick fuzz \
	install help FORCE
all: $(PRODUCTS)
shim: $(SHIM)

# ---- remembering flags and lists --------------------------------------------------------------
#
# $(BUILD)/state/NAME holds a text and is rewritten only when the text changes, while the Makefile
# is read. What depends on it is made again when the flags, or the files that go into it, change.

same = $(and $(findstring =$(1)=,=$(2)=),$(findstring =$(2)=,=$(1)=))
remember = $(call write_changed,$(BUILD)/state/$(1),$(strip $(1): $(2)))
write_changed = $(if $(call same,$(2),$(file <$(1))),,$(file >$(1),$(2)))

BUILDS := $(filter-out clean format lint help,$(or $(MAKECMDGOALS),all))
ifneq ($(BUILDS),)
$(shell mkdir -p $(BUILD)/state)
$(call remember,flags,$(CC) $(shell $(CC) --version 2>/dev/null | head -n 1) $(ALL_CPPFLAGS) \
	$(ALL_CFLAGS))
$(call remember,link,$(ALL_LDFLAGS) $(SHIM_LDFLAGS) $(LIB_LDFLAGS) $(CLI_LIBS) $(CMOCKA_LIBS))
$(call remember,core,$(CORE_SOURCES))
$(call remember,shim,$(SHIM_SOURCES))
$(call remember,lib,$(LIB_SOURCES))
$(call remember,cli,$(CLI_SOURCES))
$(call remember,support,$(SUPPORT_SOURCES))
endif
state = $(addprefix $(BUILD)/state/,$(1))
$(BUILD)/state/%: ;

# ---- compiling --------------------------------------------------------------------------------

# An object compiled without -Werror leaves NAME.lax behind, and WERROR=1 compiles it again:
# otherwise a warning that was seen once would never again be one.
ifeq ($(WERROR),1)
WERROR_FLAG := -Werror
AFTER_COMPILE = rm -f $@.lax
LAX_OBJECTS := $(basename $(shell find $(BUILD)/obj -name '*.lax' 2>/dev/null))
$(LAX_OBJECTS): FORCE
else
AFTER_COMPILE = touch $@.lax
endif

$(BUILD)/obj/%.o: %.c $(call state,flags)
	@mkdir -p $(@D)
	@echo "CC    $<"
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(WERROR_FLAG) -MMD -MP -c $< -o $@
	@$(AFTER_COMPILE)

$(BUILD)/obj/%.o: %.S $(call state,flags)
	@mkdir -p $(@D)
	@echo "AS    $<"
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(WERROR_FLAG) -MMD -MP -c $< -o $@
	@$(AFTER_COMPILE)

define archive
@mkdir -p $(@D)
@echo "AR    $@"
$(Q)rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)
endef

# $(call link,options,libraries)
define link
@mkdir -p $(@D)
@echo "LINK  $@"
$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(1) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(2) $(LAST_LIBS)
endef

$(CORE): $(call objects,$(CORE_SOURCES)) $(call state,core)
	$(archive)

$(SHIM): $(call objects,$(SHIM_SOURCES)) $(CORE) $(SHIM_MAP) $(call state,shim link)
	$(call link,$(SHIM_LDFLAGS))

$(SHIM_FOR_TESTS): $(call objects,$(filter-out shim/hooks%,$(SHIM_SOURCES))) $(call state,shim)
	$(archive)

$(LIB): $(call objects,$(LIB_SOURCES)) $(call state,lib)
	$(archive)

$(LIB_SHARED): $(call objects,$(LIB_SOURCES)) $(CORE) $(LIB_MAP) $(call state,lib link)
	$(call link,$(LIB_LDFLAGS),$(CURL_LIBS))
	$(Q)ln -sf $(@F) $(@:.0=)

# One object, so that what is hidden can be made local: a program that is linked with it sees the
# names of the map alone.
$(LIB_STATIC): $(call objects,$(LIB_SOURCES) $(CORE_SOURCES)) $(call state,lib core)
	@echo "AR    $@"
	$(Q)$(LD) -r -o $(BUILD)/obj/libvespa.o $(filter %.o,$^)
	$(Q)$(OBJCOPY) --localize-hidden $(BUILD)/obj/libvespa.o
	$(Q)rm -f $@ && $(AR) rcs $@ $(BUILD)/obj/libvespa.o

$(CLI): $(call objects,$(CLI_SOURCES)) $(if $(LIB_SOURCES),$(LIB)) $(CORE) $(call state,cli link)
	$(call link,,$(CLI_LIBS))

$(PROGRAMS): $(BUILD)/tests/programs/%: $(BUILD)/obj/tests/preload/programs/%.o $(call state,link)
	$(call link,,$(CURL_LIBS))

$(CLIENT_PROGRAMS): $(BUILD)/tests/clients/programs/%: $(BUILD)/obj/tests/clients/programs/%.o \
		$(BUILD)/obj/tests/clients/programs/requests.o $(call state,link)
	$(call link,,$(shell $(PKG_CONFIG) --libs $*) $(CURL_LIBS))

$(GNUTLS_PROGRAMS): $(BUILD)/tests/programs/%-gnutls: $(BUILD)/obj/tests/preload/programs/%.o \
		$(call state,link)
	$(call link,,$(GNUTLS_CURL))

$(LIBRARIES): $(BUILD)/tests/libraries/%.so: $(BUILD)/obj/tests/preload/libraries/%.o \
		$(call state,link)
	$(call link,-shared)

$(BENCHES): $(BUILD)/bench/%: $(BUILD)/obj/tests/bench/%.o $(CORE) $(call state,link)
	$(call link,,$(CURL_LIBS))

$(BENCH_PROGRAMS): $(BUILD)/bench/%: $(BUILD)/obj/tests/bench/%.o $(call state,link)
	$(call link,,$(CURL_LIBS) $(call libs,libmicrohttpd,-lmicrohttpd))

$(BENCH_LIBRARIES): $(BUILD)/bench/%.so: $(BUILD)/obj/tests/bench/%.o $(call state,link)
	$(call link,-shared)

# What a target looks at beside core.
$(BUILD)/fuzz/fuzz_elf: $(BUILD)/obj/cli/doctor/elf_file.o
$(BUILD)/fuzz/fuzz_guard: $(BUILD)/obj/cli/proxy/guard.o

$(FUZZERS): $(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(CORE) $(call state,link)
	$(call link,-fsanitize=fuzzer,$(CURL_LIBS))

include $(wildcard tests/layouts/layouts.mk)

# ---- tests ------------------------------------------------------------------------------------

SUPPORT := $(call objects,$(SUPPORT_SOURCES))
FIXTURE_LIBS := $(CMOCKA_LIBS) $(CURL_LIBS) $(CJSON_LIBS) $(SSL_LIBS)

# $(call test_kind,directory,what it is linked with,libraries)
define test_kind
$(1)_TESTS := $$(patsubst tests/$(1)/%.c,$$(BUILD)/tests/$(1)/%,\
	$$(sort $$(wildcard tests/$(1)/test_*.c)))
$(1)_HELPERS := $$(filter-out tests/$(1)/test_%,$$(sort $$(wildcard tests/$(1)/*.c)))
$$(call remember,tests_$(1),$$($(1)_HELPERS))
$$($(1)_TESTS): $$(BUILD)/tests/$(1)/%: $$(BUILD)/obj/tests/$(1)/%.o \
		$$(call objects,$$($(1)_HELPERS)) $(2) $$(call state,link tests_$(1))
	$$(call link,,$(3))
endef

KINDS ?= unit shim engine lib sim cli proxy preload layouts
ifneq ($(BUILDS),)
$(eval $(call test_kind,unit,$$(CORE),$$(CMOCKA_LIBS) $$(CURL_LIBS) $$(CJSON_LIBS)))
$(eval $(call test_kind,shim,$$(SUPPORT) $$(call state,support) $$(SHIM_FOR_TESTS) $$(CORE),\
	$$(FIXTURE_LIBS)))
$(eval $(call test_kind,engine,$$(SUPPORT) $$(call state,support) $$(LIB) $$(CORE),\
	$$(FIXTURE_LIBS)))
$(eval $(call test_kind,lib,$$(SUPPORT) $$(call state,support) $$(LIB_SHARED),\
	-L$$(BUILD) -lvespa -Wl$$(comma)-rpath$$(comma)$$(abspath $$(BUILD)) $$(FIXTURE_LIBS)))
$(eval $(call test_kind,sim,$$(SUPPORT) $$(call state,support),$$(FIXTURE_LIBS)))
$(eval $(call test_kind,cli,$$(SUPPORT) $$(call state,support),$$(FIXTURE_LIBS)))
$(eval $(call test_kind,proxy,$$(SUPPORT) $$(call state,support),$$(FIXTURE_LIBS) \
	$$(call libs,zlib,-lz)))
$(eval $(call test_kind,preload,$$(SUPPORT) $$(call state,support),$$(FIXTURE_LIBS)))
$(eval $(call test_kind,layouts,$$(SUPPORT) $$(call state,support),$$(FIXTURE_LIBS)))
$(eval $(call test_kind,clients,$$(SUPPORT) $$(call state,support),$$(FIXTURE_LIBS) \
	$$(call libs,libmicrohttpd,-lmicrohttpd)))
endif
# MORE: further tests, as patterns of their paths below build/tests.
TESTS := $(foreach kind,$(KINDS),$($(kind)_TESTS)) \
	$(filter $(addprefix $(BUILD)/tests/,$(MORE)),$(preload_TESTS))

TEST_ENV := VESPA_BUILD=$(abspath $(BUILD))
tests: $(TESTS) $(PROGRAMS) $(LIBRARIES) $(GNUTLS_PROGRAMS) $(clients_TESTS) $(CLIENT_PROGRAMS) \
	$(LAYOUT_PARTS)

# NAME=pattern runs only the binaries whose path contains it: make check NAME=scanner
named = $(if $(NAME),$(foreach t,$(1),$(if $(findstring $(NAME),$(t)),$(t))),$(1))
check: all tests
	@$(TEST_ENV) scripts/run-tests --logs $(BUILD)/logs/tests $(call named,$(TESTS))

# Other people's programs under the shim; those that are not installed are skipped.
clients: all tests
	@$(TEST_ENV) scripts/run-tests --logs $(BUILD)/logs/clients \
		$(call named,$(clients_TESTS) $(wildcard tests/clients/*.sh))

# ---- sanitizers -------------------------------------------------------------------------------

# A report of any process of a test, however deep, is a failure: reports go to files, and
# scripts/run-tests looks for them. The runtime must come before the shim in LD_PRELOAD of programs
# that were not built with it; the fixtures put VESPA_PRELOAD_FIRST there.
REPORTS := $(abspath $(BUILD))/logs/reports/report
ifneq ($(findstring address,$(SANITIZE)),)
# `vespa run` puts the shim before all else.
ASAN_ORDER := verify_asan_link_order=0
SANITIZER_RUNTIME := $(shell $(CC) -print-file-name=libasan.so)
TEST_ENV += VESPA_SLOW=1 VESPA_REPORTS=$(REPORTS) VESPA_PRELOAD_FIRST=$(SANITIZER_RUNTIME) \
	ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:$(ASAN_ORDER):log_path=$(REPORTS) \
	UBSAN_OPTIONS=print_stacktrace=1:log_path=$(REPORTS) \
	LSAN_OPTIONS=print_suppressions=0:suppressions=$(abspath scripts/lsan.supp)
endif
ifneq ($(findstring thread,$(SANITIZE)),)
SANITIZER_RUNTIME := $(shell $(CC) -print-file-name=libtsan.so)
TEST_ENV += VESPA_SLOW=1 VESPA_REPORTS=$(REPORTS) VESPA_PRELOAD_FIRST=$(SANITIZER_RUNTIME) \
	TSAN_OPTIONS=halt_on_error=0:second_deadlock_stack=1:log_path=$(REPORTS)
endif

asan:
	+@$(MAKE) --no-print-directory BUILD=$(BUILD)-asan SANITIZE=address,undefined check

tsan:
	+@$(MAKE) --no-print-directory BUILD=$(BUILD)-tsan SANITIZE=thread KINDS="unit engine lib sim proxy" \
		MORE=preload/test_threads check

# ---- the rest ---------------------------------------------------------------------------------

benches: $(BENCHES) $(BENCH_PROGRAMS) $(BENCH_LIBRARIES)

# What measures a figure against its reference: the bench_* programs, and scripts that run programs
# of tests/bench/programs against a responder. bench-quick takes a minute.
bench: all benches
	@for bench in $(BENCHES) tests/bench/counts tests/bench/streams tests/bench/requests \
			"tests/bench/requests --pinned" tests/bench/proxy; do \
		echo "== $$bench"; $(TEST_ENV) $$bench || exit 1; done

bench-quick: all benches
	@for bench in tests/bench/counts "tests/bench/requests --quick"; do \
		echo "== $$bench"; $(TEST_ENV) $$bench || exit 1; done

# make fuzz SECONDS=n: all targets together take n seconds.
SECONDS ?= 60
fuzz:
	+@$(MAKE) --no-print-directory CC=clang BUILD=$(BUILD)-fuzz \
		SANITIZE=fuzzer-no-link,address,undefined fuzz-binaries
	@scripts/run-fuzzers $(BUILD)-fuzz $(SECONDS)

.PHONY: fuzz-binaries
fuzz-binaries: $(FUZZERS)

demo:
	@scripts/demo

# FILES='core/url.c core/url.h' looks at, or formats, these alone.
lint:
	@LINT_FLAGS="-std=gnu17 $(WARNINGS) $(ALL_CPPFLAGS)" scripts/lint $(BUILD) $(FILES)

format:
	@scripts/lint --format $(BUILD) $(FILES)

install: all $(if $(LIB_SOURCES),install-lib)
	install -d $(DESTDIR)$(PREFIX)/lib $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(SHIM) $(DESTDIR)$(PREFIX)/lib/libvespa_shim.so
	install -m 755 $(CLI) $(DESTDIR)$(PREFIX)/bin/vespa

.PHONY: install-lib
install-lib: $(LIB_SHARED) $(LIB_STATIC)
	install -d $(DESTDIR)$(PREFIX)/include $(DESTDIR)$(PREFIX)/lib/pkgconfig \
		$(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man3
	install -m 644 lib/vespa.h $(DESTDIR)$(PREFIX)/include/vespa.h
	install -m 755 $(LIB_SHARED) $(DESTDIR)$(PREFIX)/lib/libvespa.so.0
	ln -sf libvespa.so.0 $(DESTDIR)$(PREFIX)/lib/libvespa.so
	install -m 644 $(LIB_STATIC) $(DESTDIR)$(PREFIX)/lib/libvespa.a
	sed 's,@PREFIX@,$(PREFIX),; s,@VERSION@,$(VERSION),' lib/vespa.pc.in \
		>$(DESTDIR)$(PREFIX)/lib/pkgconfig/vespa.pc
	install -m 644 docs/vespa.1 $(DESTDIR)$(PREFIX)/share/man/man1/vespa.1
	install -m 644 docs/vespa-proxy.1 $(DESTDIR)$(PREFIX)/share/man/man1/vespa-proxy.1
	install -m 644 docs/libvespa.3 $(DESTDIR)$(PREFIX)/share/man/man3/libvespa.3

clean:
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-tsan $(BUILD)-fuzz $(BUILD)-clang

help:
	@echo "make [all]     libvespa_shim.so, libvespa.so.0, libvespa.a and vespa in $(BUILD)/"
	@echo "make shim      libvespa_shim.so alone; for another machine: Makefile's head"
	@echo "make check     build and run all cmocka tests; NAME=part runs those whose path has it"
	@echo "make clients   the same for other people's programs: PHP, pycurl, git, ..."
	@echo "make asan      the same under AddressSanitizer and UBSan; make tsan: ThreadSanitizer"
	@echo "make lint      clang-tidy, cppcheck and the format check; make format: formats;"
	@echo "               FILES='a.c b.h' for these alone"
	@echo "make fuzz      SECONDS=60: every fuzz target"
	@echo "make bench     every benchmark, in ten minutes; make bench-quick: some, in one"
	@echo "make demo      vespa at work against a local simulator"
	@echo "make install   PREFIX=/usr/local DESTDIR=; make clean"
	@echo "variables      CC=clang BUILD=dir WERROR=1 CFLAGS=... V=1 (show commands)"

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
