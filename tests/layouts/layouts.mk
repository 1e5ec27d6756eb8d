# The ways in which a process can hold libcurl, for tests/layouts: part of the Makefile.
#
#   program-WHAT        program.c: linked with no libcurl, with one of the flavours, …
#   plugin-FLAVOUR.so   client.c, for dlopen; early-FLAVOUR.so: with a constructor;
#                       waiting-FLAVOUR.so: with one that waits for a thread
#   plain/, symbolic/, lacking/   other builds of libcurl, made of the one there is by edit.c
#   copies/             five of plain/, each a libcurl of its own
#   O0/                 the shim without optimisation
#
# `make layout-parts` builds them alone; for another machine (tests/aarch64), LAYOUT_EDIT is an edit
# of this one.
#
# Debian's two -dev packages exclude each other, so the flavours are named by file.

LAYOUTS := $(BUILD)/tests/layouts/parts
layout_objects = $(patsubst %,$(BUILD)/obj/tests/layouts/parts/%.o,$(1))
library_file = $(filter /%,$(shell $(CC) -print-file-name=$(1) 2>/dev/null))

LAYOUT_EDIT ?= $(LAYOUTS)/edit
OPENSSL_FLAVOUR := $(call library_file,libcurl.so.4)
GNUTLS_FLAVOUR := $(GNUTLS_CURL)
FLAVOURS := $(if $(OPENSSL_FLAVOUR),openssl plain lacking) $(if $(GNUTLS_FLAVOUR),gnutls)
# libcurl of a flavour as a file to be linked, and what finds those that are made here.
curl_openssl := $(OPENSSL_FLAVOUR)
curl_gnutls := $(GNUTLS_FLAVOUR)
curl_plain := $(LAYOUTS)/plain/libcurl-p.so
curl_lacking := $(LAYOUTS)/lacking/libcurl-l.so
LAYOUT_PATHS := -Wl,--enable-new-dtags,-rpath,'$$ORIGIN:$$ORIGIN/plain:$$ORIGIN/lacking'

LAYOUT_PROGRAMS := $(addprefix $(LAYOUTS)/program-,none runpath early nopie noplt $(FLAVOURS))
LAYOUT_PLUGINS := $(patsubst %,$(LAYOUTS)/plugin-%.so,$(FLAVOURS)) \
	$(patsubst %,$(LAYOUTS)/waiting-%.so,$(FLAVOURS)) $(LAYOUTS)/runpath/plugin-by-name.so
LAYOUT_PRELOADS := $(addprefix $(LAYOUTS)/,wrapper-next.so wrapper-handle.so next.so)
LAYOUT_COPIES := $(patsubst %,$(LAYOUTS)/copies/libcurl-%.so,1 2 3 4 5)
LAYOUT_PARTS := $(if $(OPENSSL_FLAVOUR),$(LAYOUT_PROGRAMS) $(LAYOUT_PLUGINS) $(LAYOUT_PRELOADS) \
	$(LAYOUTS)/early-openssl.so $(LAYOUTS)/symbolic/libcurl.so.4 $(LAYOUT_COPIES) \
	$(LAYOUTS)/O0/libvespa_shim.so)

.PHONY: layout-parts
layout-parts: $(LAYOUT_PARTS)

# The layouts' own flags come last in $(call link,…): --as-needed would drop what only its
# constructor uses.
$(LAYOUTS)/program-none: $(call layout_objects,program ffi) $(call state,link)
	$(call link)
$(LAYOUTS)/program-runpath: $(call layout_objects,program ffi) $(call state,link)
	$(call link,-Wl$(comma)--enable-new-dtags$(comma)-rpath$(comma)'$$ORIGIN/runpath')
$(LAYOUTS)/program-early: $(call layout_objects,program ffi) $(LAYOUTS)/early-openssl.so \
		$(call state,link)
	$(call link,-Wl$(comma)--no-as-needed $(LAYOUT_PATHS),$(LAYOUTS)/early-openssl.so)
$(addprefix $(LAYOUTS)/program-,$(FLAVOURS)): $(LAYOUTS)/program-%: \
		$(call layout_objects,program_linked client ffi) $(curl_plain) \
		$(curl_lacking) $(call state,link)
	$(call link,$(LAYOUT_PATHS) -Wl$(comma)-z$(comma)lazy,$(curl_$*))

# Really without -fPIC: the program's own procedure linkage table stands for libcurl's functions.
LAYOUT_NO_PIC := $(patsubst %,$(BUILD)/obj/nopic/tests/layouts/parts/%.o,program_linked client ffi)
LAYOUT_NO_PLT := $(patsubst %,$(BUILD)/obj/noplt/tests/layouts/parts/%.o,program_linked client ffi)
$(LAYOUTS)/program-nopie: $(LAYOUT_NO_PIC) $(call state,link)
	$(call link,-no-pie,$(curl_openssl))
$(LAYOUTS)/program-noplt: $(LAYOUT_NO_PLT) $(call state,link)
	$(call link,-Wl$(comma)-z$(comma)now,$(curl_openssl))

$(patsubst %,$(LAYOUTS)/plugin-%.so,$(FLAVOURS)): $(LAYOUTS)/plugin-%.so: \
		$(call layout_objects,client ffi) $(curl_plain) $(curl_lacking) \
		$(call state,link)
	$(call link,-shared -Wl$(comma)-Bsymbolic $(LAYOUT_PATHS),$(curl_$*))
$(LAYOUTS)/runpath/plugin-by-name.so: $(call layout_objects,client) $(call state,link)
	$(call link,-shared -Wl$(comma)-Bsymbolic,$(curl_openssl))
$(patsubst %,$(LAYOUTS)/waiting-%.so,$(FLAVOURS)): $(LAYOUTS)/waiting-%.so: \
		$(call layout_objects,client waiting) $(curl_plain) $(curl_lacking) $(call state,link)
	$(call link,-shared -Wl$(comma)-Bsymbolic $(LAYOUT_PATHS),$(curl_$*))
$(LAYOUTS)/early-openssl.so: $(call layout_objects,client early) $(call state,link)
	$(call link,-shared -Wl$(comma)-Bsymbolic$(comma)-soname$(comma)early-openssl.so,$(curl_openssl))

$(LAYOUTS)/next.so: $(call layout_objects,next) $(call state,link)
	$(call link,-shared)
$(LAYOUTS)/wrapper-next.so: $(call layout_objects,wrapper) $(call state,link)
	$(call link,-shared)
$(LAYOUTS)/wrapper-handle.so: $(call layout_objects,wrapper_by_handle) $(call state,link)
	$(call link,-shared)

# ---- other builds of libcurl ------------------------------------------------------------------

$(LAYOUTS)/edit: $(call layout_objects,edit) $(call state,link)
	$(call link)
$(curl_plain): EDITS := soname=libcurl-p.so unversioned
$(curl_lacking): EDITS := soname=libcurl-l.so unversioned hide=curl_easy_pause
$(LAYOUTS)/symbolic/libcurl.so.4: EDITS := symbolic
$(curl_plain) $(curl_lacking) $(LAYOUTS)/symbolic/libcurl.so.4: $(LAYOUT_EDIT) $(OPENSSL_FLAVOUR)
	@mkdir -p $(@D)
	@echo "EDIT  $@"
	$(Q)$(LAYOUT_EDIT) $(OPENSSL_FLAVOUR) $@ $(EDITS)

$(LAYOUT_COPIES): $(curl_plain)
	@mkdir -p $(@D)
	$(Q)cp $< $@

# ---- other ways to compile --------------------------------------------------------------------

# $(call compile_into,directory of objects,flags)
define compile_into
$(BUILD)/obj/$(1)/%.o: %.c $$(call state,flags)
	@mkdir -p $$(@D)
	@echo "CC    $$<  ($(1))"
	$$(Q)$$(CC) $$(ALL_CPPFLAGS) $$(ALL_CFLAGS) $(2) -MMD -MP -c $$< -o $$@
endef
$(eval $(call compile_into,nopic,-fno-pic -fno-pie))
$(eval $(call compile_into,noplt,-fno-plt))
$(eval $(call compile_into,O0,-O0))

$(LAYOUTS)/O0/libvespa_shim.so: $(patsubst %.c,$(BUILD)/obj/O0/%.o,$(CORE_SOURCES) \
		$(filter %.c,$(SHIM_SOURCES))) $(call objects,$(filter %.S,$(SHIM_SOURCES))) \
		$(SHIM_MAP) $(call state,core shim link)
	$(call link,$(SHIM_LDFLAGS))
