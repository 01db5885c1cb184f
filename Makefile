# One non-recursive Makefile. `make` builds build/taskfs, build/taskfs-download, build/taskfs-cache
# and, when its libraries are there, build/taskfs-live; `make help` lists the rest.

VERSION := 0.1.0
VARIANT ?=

BUILD  := build$(if $(VARIANT),/$(VARIANT))
WARN   := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla \
          -Wformat=2 -Wundef -Wwrite-strings
# WERROR=1 makes warnings errors; scripts/test and scripts/dev/lint set it.
WERROR ?=

OPT.asan := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
OPT.allocfail := $(OPT.asan)
OPT.tsan := -O1 -fno-omit-frame-pointer -fsanitize=thread
OPT    := $(or $(OPT.$(VARIANT)),-O2)

DEFINES := -Isrc -D_GNU_SOURCE -DFUSE_USE_VERSION=314 -DTASKFS_VERSION='"$(VERSION)"'
# CPPFLAGS, CFLAGS and LDFLAGS are the caller's; CFLAGS come after OPT and can change its level.
CFLAGS  ?= -g

# Hardening, as Debian's packages have it. The variant `deb` takes it from dpkg-buildflags, and
# sanitizers replace it.
ifeq ($(filter asan tsan allocfail fuzz deb,$(VARIANT)),)
HARDEN_CFLAGS  := -fPIE -fstack-protector-strong
HARDEN_LDFLAGS := -pie -Wl,-z,relro -Wl,-z,now
# It needs an optimizing compiler, and the caller may have asked for another level of it.
ifeq ($(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS))$(filter -O0,$(CFLAGS)),)
HARDEN_CFLAGS  += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif
endif

# The flags of each program's libraries. scripts/dev/libraries is run once for each program, when
# the first of its flags is needed; it names what is missing or too old.
TASKFS_LIBRARIES   = $(eval TASKFS_LIBRARIES := $(call find_libraries,taskfs))$(TASKFS_LIBRARIES)
EMULATOR_LIBRARIES = $(eval EMULATOR_LIBRARIES := $(call find_libraries,emulator))$(EMULATOR_LIBRARIES)
LIVE_LIBRARIES     = $(eval LIVE_LIBRARIES := $(call find_libraries,live))$(LIVE_LIBRARIES)
find_libraries     = $(shell scripts/dev/libraries flags $(1))$(if $(filter-out 0,$(.SHELLSTATUS)),\
                     $(error libraries are missing: see above; scripts/dev/install-deps installs them))
LIBRARIES          = $(TASKFS_LIBRARIES)
LINKER_ONLY       := -l% -L% -Wl,%

ALL_CFLAGS  = -std=gnu11 $(DEFINES) $(CPPFLAGS) $(OPT) -pthread $(WARN) $(if $(WERROR),-Werror) \
              $(HARDEN_CFLAGS) $(CFLAGS) $(filter-out $(LINKER_ONLY),$(LIBRARIES))
ALL_LDFLAGS = $(OPT) $(HARDEN_LDFLAGS) $(LDFLAGS)
LIBS        = $(filter $(LINKER_ONLY),$(LIBRARIES)) -lcrypt -pthread -lm

# taskfs-live is a program of its own, with libraries of its own. All else is built without them.
LIVE_SRC := $(wildcard src/live/*.c)
SRC      := $(filter-out $(LIVE_SRC),$(wildcard src/*/*.c))
EMU_SRC  := $(wildcard tests/emulator/*.c)
UNIT_SRC := $(wildcard tests/unit/*.c tests/unit/*/*.c)
FUZZ_SRC := $(wildcard tests/fuzz/*_fuzz.c)
OBJ      := $(SRC:%.c=$(BUILD)/obj/%.o)
MAIN_OBJ := $(BUILD)/obj/src/main.o
# taskfs-download stands on the layers below FUSE, and without its library.
DOWNLOAD_MAIN_OBJ := $(BUILD)/obj/src/taskfs_download.o
DOWNLOAD_OBJ := $(filter-out $(addprefix $(BUILD)/obj/src/,fs/% kernel/% rtc/% caretaker/%),$(OBJ))
# taskfs-cache touches files only, and stands on the layers that do.
CACHE_MAIN_OBJ := $(BUILD)/obj/src/taskfs_cache.o
CACHE_OBJ := $(filter $(addprefix $(BUILD)/obj/src/,base/% cli/% disk/% caretaker/%),$(OBJ))
LIVE_MAIN_OBJ := $(BUILD)/obj/src/taskfs_live.o
LIVE_OBJ := $(LIVE_SRC:%.c=$(BUILD)/obj/%.o) $(LIVE_MAIN_OBJ)
# The packages that it needs and that are not there.
LIVE_MISSING := $(shell scripts/dev/libraries missing live)
LIVE := $(if $(LIVE_MISSING),,$(BUILD)/taskfs-live)
EMU_OBJ  := $(EMU_SRC:%.c=$(BUILD)/obj/%.o)
UNIT_OBJ := $(UNIT_SRC:%.c=$(BUILD)/obj/%.o)
FUZZ_OBJ := $(FUZZ_SRC:%.c=$(BUILD)/obj/%.o)

# In the variant `allocfail` the program's own allocations are made by tests/allocfail, which fails
# them when told to; and a runner of its own repeats each unit test with each of them failing.
ifeq ($(VARIANT),allocfail)
FAIL_OBJ  := $(BUILD)/obj/tests/allocfail/allocfail.o
UNIT_MAIN := $(BUILD)/obj/tests/allocfail/unit_main.o
UNIT_OBJ  := $(filter-out %/main.o,$(UNIT_OBJ))
# What a test holds must be found in its frame.
$(UNIT_OBJ): OPT := $(filter-out -O1,$(OPT)) -O0
# Which functions are called in place of which, by the first part of an object's path.
SYMBOLS.src   := tests/allocfail/symbols
SYMBOLS.tests := tests/allocfail/unit_symbols
endif

BENCH    := $(patsubst tests/bench/%.c,$(BUILD)/bench-%,$(wildcard tests/bench/*.c))

.PHONY: all without-live emulator objects unit check test asan tsan allocfail lint format fuzz soak bench \
        install uninstall deb clean help
all: $(BUILD)/taskfs $(BUILD)/taskfs-download $(BUILD)/taskfs-cache $(or $(LIVE),without-live)
emulator: $(BUILD)/taskfs-emulator

$(BUILD)/taskfs: $(MAIN_OBJ) $(FAIL_OBJ) \
                 $(filter-out $(addprefix $(BUILD)/obj/src/,download/% rtc/% caretaker/%),$(OBJ))
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/taskfs-download: $(DOWNLOAD_MAIN_OBJ) $(DOWNLOAD_OBJ) $(FAIL_OBJ)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(filter-out -lfuse3,$(LIBS))

$(BUILD)/taskfs-cache: $(CACHE_MAIN_OBJ) $(CACHE_OBJ) $(FAIL_OBJ)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(if $(FAIL_OBJ),$(LIBS),$(filter-out -lfuse3 -lcurl -ljson-c -lzip -lz,$(LIBS)))

# What makes allocations fail calls all libraries of taskfs.
$(BUILD)/taskfs-live $(LIVE_OBJ): LIBRARIES = $(LIVE_LIBRARIES) $(if $(FAIL_OBJ),$(TASKFS_LIBRARIES))
$(BUILD)/taskfs-live: $(LIVE_OBJ) $(filter $(addprefix $(BUILD)/obj/src/,base/% rtc/%),$(OBJ)) $(FAIL_OBJ)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

without-live:
	@echo 'taskfs-live, for the files of running tasks, is not built: on Debian, install $(LIVE_MISSING)'

# The emulator stands without the program's libraries, as the program does without the emulator's.
$(BUILD)/taskfs-emulator $(EMU_OBJ): LIBRARIES = $(EMULATOR_LIBRARIES)
$(BUILD)/taskfs-emulator: $(EMU_OBJ)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/unit: $(UNIT_OBJ) $(UNIT_MAIN) $(OBJ) $(FAIL_OBJ)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# What the benchmark stands on: each one file, with no more libraries than it uses.
$(BUILD)/bench-%: tests/bench/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< -Wl,--as-needed $(LIBS)

$(BUILD)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
	$(if $(filter src/% tests/unit/%,$<),$(if $(SYMBOLS.$(firstword $(subst /, ,$<))),\
		objcopy --redefine-syms=$(SYMBOLS.$(firstword $(subst /, ,$<))) $@))

MAINS := $(MAIN_OBJ) $(DOWNLOAD_MAIN_OBJ) $(CACHE_MAIN_OBJ)
$(OBJ) $(MAINS) $(LIVE_OBJ): $(SYMBOLS.src)
$(UNIT_OBJ): $(SYMBOLS.tests)

# Everything that a compiler can warn about. scripts/dev/lint builds it in variants of its own, so
# that an object which was built without WERROR=1 hides no warning.
objects: $(OBJ) $(MAINS) $(if $(LIVE),$(LIVE_OBJ)) $(EMU_OBJ) $(UNIT_OBJ) $(FUZZ_OBJ) $(BENCH)

unit: $(BUILD)/unit
	$(BUILD)/unit

# For use during work: the plain variant alone, with the packages that are there.
check: all emulator unit lint
	tests/emulator/tests/run
	$(if $(LIVE),tests/live/run)
	tests/run

# Everything that a change must pass. CI runs the same script.
test:
	scripts/test

asan tsan allocfail:
	$(MAKE) VARIANT=$@ all emulator build/$@/unit

lint:
	scripts/dev/lint

format:
	clang-format -i $(wildcard src/*.c src/*/*.[ch] tests/*/*.[ch] tests/unit/*/*.[ch])

# How long a soak and each fuzz target take.
SECONDS ?= 60
fuzz:
	scripts/dev/fuzz $(SECONDS)

# Random use under random faults: docs/hacking.md. A variant's programs are its own.
soak: all emulator
	tests/soak/run --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) $(if $(VARIANT),--variant $(VARIANT))

# Against the alternatives: docs/benchmarks.md. BENCH_ARGS=--quick tries the benchmark itself.
bench: all emulator $(BENCH)
	tests/bench/run $(BENCH_ARGS)

# --- installing: docs/hacking.md ------------------------------------------------------------------

PREFIX      ?= /usr/local
DESTDIR     ?=
bindir      ?= $(PREFIX)/bin
datadir     ?= $(PREFIX)/share
mandir      ?= $(datadir)/man
sharedir    ?= $(datadir)/taskfs
# Of programs that taskfs starts; it looks for them in ../libexec/taskfs, from its own folder.
libexecdir  ?= $(PREFIX)/libexec/taskfs
completions ?= $(datadir)/bash-completion/completions
# An installation for the machine, and not for one user: mount(8) looks for its helpers in /sbin
# alone, and systemd for units in few places.
ifneq ($(filter /usr /usr/local,$(PREFIX)),)
helperdir   ?= $(if $(filter /usr,$(PREFIX)),/usr)/sbin
systemunits ?= $(PREFIX)/lib/systemd/system
userunits   ?= $(PREFIX)/lib/systemd/user
else
helperdir   ?= $(PREFIX)/sbin
systemunits ?=
userunits   ?= $(datadir)/systemd/user
endif
INSTALL     ?= install

COMPANIONS  := $(wildcard scripts/companions/taskfs-*)
SHARED      := $(wildcard scripts/companions/*.sh)
# The completion is loaded by bash-completion under the name of the command: each has a link to it.
COMPLETED   := $(notdir $(COMPANIONS)) taskfs-download taskfs-cache
COMPLETION  := scripts/companions/completion.bash
PAGES       := $(wildcard docs/man/*.[1-8])
# Every file that is put somewhere, as it is named there; uninstall removes just these.
INSTALLED    = $(bindir)/taskfs $(bindir)/taskfs-download $(bindir)/taskfs-cache \
               $(if $(LIVE),$(libexecdir)/taskfs-live) \
               $(COMPANIONS:scripts/companions/%=$(bindir)/%) \
               $(SHARED:scripts/companions/%=$(sharedir)/%) \
               $(addprefix $(completions)/,taskfs $(COMPLETED)) \
               $(foreach page,$(PAGES),$(mandir)/man$(subst .,,$(suffix $(page)))/$(notdir $(page))) \
               $(helperdir)/mount.fuse.taskfs $(userunits)/taskfs@.service \
               $(if $(systemunits),$(systemunits)/taskfs@.service)
# What version 0.1.0 has installed and this one does not: parts of taskfs-download when it was a
# script.
OUTDATED     = $(sharedir)/download.sh $(sharedir)/download_copy.sh
# The places that the sources name are those of the package; the variable that a line begins with is
# what is set.
PLACES = sed -e 's|^share=.*|share=$(sharedir)|' -e 's|^taskfs=.*|taskfs=$(bindir)/taskfs|' \
             -e 's|/usr/bin/taskfs|$(bindir)/taskfs|' -e 's|=/sbin/mount|=$(helperdir)/mount|'

# $(call put,MODE,FROM,TO), and the same with the places written into it.
put        = $(INSTALL) -D -m $(1) $(2) '$(DESTDIR)$(3)'
put_placed = $(PLACES) '$(2)' | $(call put,$(1),/dev/stdin,$(3))
# The folders that are made on the way are noted, so that uninstall can remove them.
FOLDERS    = scripts/packaging/folders
NOTED      = $(sharedir)/folders

install: $(BUILD)/taskfs $(BUILD)/taskfs-download $(BUILD)/taskfs-cache $(or $(LIVE),without-live)
	@$(FOLDERS) note '$(DESTDIR)' $(NOTED) $(INSTALLED)
	@rm -f $(foreach file,$(OUTDATED),'$(DESTDIR)$(file)')
	@$(call put,755,$(BUILD)/taskfs,$(bindir)/taskfs)
	@$(call put,755,$(BUILD)/taskfs-download,$(bindir)/taskfs-download)
	@$(call put,755,$(BUILD)/taskfs-cache,$(bindir)/taskfs-cache)
	@$(if $(LIVE),$(call put,755,$(LIVE),$(libexecdir)/taskfs-live))
	@$(foreach file,$(COMPANIONS),$(call put_placed,755,$(file),$(bindir)/$(notdir $(file))) &&) :
	@$(foreach file,$(SHARED),$(call put,644,$(file),$(sharedir)/$(notdir $(file))) &&) :
	@$(call put,644,$(COMPLETION),$(completions)/taskfs)
	@$(foreach name,$(COMPLETED),ln -sf taskfs '$(DESTDIR)$(completions)/$(name)' &&) :
	@$(foreach page,$(PAGES),$(call put,644,$(page),$(mandir)/man$(subst .,,$(suffix $(page)))/$(notdir $(page))) &&) :
	@$(call put_placed,755,scripts/packaging/mount.fuse.taskfs,$(helperdir)/mount.fuse.taskfs)
	@$(call put_placed,644,scripts/packaging/user/taskfs@.service,$(userunits)/taskfs@.service)
	@$(if $(systemunits),$(call put_placed,644,scripts/packaging/system/taskfs@.service,$(systemunits)/taskfs@.service))
	@echo "installed $(words $(INSTALLED)) files: taskfs is '$(DESTDIR)$(bindir)/taskfs'"
	@$(if $(systemunits),,echo "mount(8) and fstab need root: ln -s '$(helperdir)/mount.fuse.taskfs' /sbin/")

uninstall:
	@rm -f $(foreach file,$(INSTALLED) $(OUTDATED),'$(DESTDIR)$(file)')
	@$(FOLDERS) remove '$(DESTDIR)' $(NOTED) $(INSTALLED)

deb:
	scripts/packaging/deb

clean:
	rm -rf build

help:
	@echo 'make            build/taskfs, -download, -cache and -live; WERROR=1 makes warnings errors'
	@echo 'make emulator   build/taskfs-emulator, the service on this machine, for demo and tests'
	@echo 'make unit       builds and runs the unit tests'
	@echo 'make check      for use during work: unit tests, lint, mounted tests'
	@echo 'make test       everything that a change must pass: that in all variants, soak and demo (scripts/test)'
	@echo 'make asan       the programs and unit tests under ASan and UBSan, in build/asan'
	@echo 'make tsan       the same under TSan, in build/tsan'
	@echo 'make allocfail  the same, whose allocations can be made to fail, in build/allocfail'
	@echo 'make install    PREFIX=/usr/local, DESTDIR; for one user: PREFIX=$$HOME/.local'
	@echo 'make uninstall  removes what make install has put there, with the same variables'
	@echo 'make deb        the Debian packages taskfs, taskfs-download and taskfs-live, in build/'
	@echo 'make lint       layers, static analysis, warnings, format'
	@echo 'make format     formats the C sources'
	@echo 'make fuzz       every fuzz target for SECONDS=$(SECONDS)'
	@echo 'make soak       random use under random faults, SECONDS=$(SECONDS); SEED=N repeats a run'
	@echo 'make bench      speed against the alternatives, BENCH_ARGS="--jobs mixed,small --no-delay"'
	@echo 'make clean      removes build/'

-include $(OBJ:.o=.d) $(MAINS:.o=.d) $(LIVE_OBJ:.o=.d) $(EMU_OBJ:.o=.d) $(UNIT_OBJ:.o=.d) $(FUZZ_OBJ:.o=.d) \
         $(UNIT_MAIN:.o=.d) $(FAIL_OBJ:.o=.d)
