# One non-recursive Makefile. `make` builds build/taskfs; `make help` lists the rest.

VERSION := 0.1.0
VARIANT ?=
CC      ?= gcc

PKGS     := fuse3 libcurl json-c libzip libisal zlib
EMU_PKGS := libmicrohttpd json-c

BUILD  := build$(if $(VARIANT),/$(VARIANT))
WARN   := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla \
          -Wformat=2 -Wundef -Wwrite-strings
WERROR ?= -Werror

OPT.   := -O2
OPT.asan := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
OPT.allocfail := $(OPT.asan)
OPT.tsan := -O1 -fno-omit-frame-pointer -fsanitize=thread
OPT    := $(OPT.$(VARIANT))

CPPFLAGS += -Isrc -D_GNU_SOURCE -DFUSE_USE_VERSION=314 -DTASKFS_VERSION='"$(VERSION)"'
CFLAGS   ?= -g
ALL_CFLAGS = -std=gnu11 $(OPT) -pthread $(WARN) $(WERROR) $(CFLAGS) \
             $(shell pkg-config --cflags $(PKGS))
LIBS     = $(shell pkg-config --libs $(PKGS)) -pthread -lm
EMU_LIBS = $(shell pkg-config --libs $(EMU_PKGS)) -pthread

SRC      := $(wildcard src/*/*.c)
EMU_SRC  := $(wildcard tests/emulator/*.c)
UNIT_SRC := $(wildcard tests/unit/*.c tests/unit/support/*.c)
OBJ      := $(SRC:%.c=$(BUILD)/obj/%.o)
MAIN_OBJ := $(BUILD)/obj/src/main.o
EMU_OBJ  := $(EMU_SRC:%.c=$(BUILD)/obj/%.o)
UNIT_OBJ := $(UNIT_SRC:%.c=$(BUILD)/obj/%.o)

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

.PHONY: all unit test asan tsan allocfail lint format fuzz soak bench install uninstall deb clean help
all: $(BUILD)/taskfs $(BUILD)/taskfs-emulator

$(BUILD)/taskfs: $(MAIN_OBJ) $(OBJ) $(FAIL_OBJ)
	$(CC) $(OPT) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/taskfs-emulator: $(EMU_OBJ)
	$(CC) $(OPT) $(LDFLAGS) -o $@ $^ $(EMU_LIBS)

$(BUILD)/unit: $(UNIT_OBJ) $(UNIT_MAIN) $(OBJ) $(FAIL_OBJ)
	$(CC) $(OPT) $(LDFLAGS) -o $@ $^ $(LIBS)

# What the benchmark stands on: each one file, with no more libraries than it uses.
$(BUILD)/bench-%: tests/bench/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< -Wl,--as-needed $(LIBS)

$(BUILD)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
	$(if $(filter src/% tests/unit/%,$<),$(if $(SYMBOLS.$(firstword $(subst /, ,$<))),\
		objcopy --redefine-syms=$(SYMBOLS.$(firstword $(subst /, ,$<))) $@))

$(OBJ) $(MAIN_OBJ): $(SYMBOLS.src)
$(UNIT_OBJ): $(SYMBOLS.tests)

unit: $(BUILD)/unit
	$(BUILD)/unit

# Everything a change must pass.
test: all unit
	tests/emulator/tests/run
	tests/run

asan tsan allocfail:
	$(MAKE) VARIANT=$@ all build/$@/unit

lint:
	scripts/dev/lint

format:
	clang-format -i $(wildcard src/*.c src/*/*.[ch] tests/*/*.[ch] tests/unit/support/*.[ch])

# Each target for SECONDS seconds.
SECONDS ?= 60
fuzz:
	scripts/dev/fuzz $(SECONDS)

# Random use under random faults: docs/hacking.md. A variant's programs are its own.
soak: all
	tests/soak/run --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) $(if $(VARIANT),--variant $(VARIANT))

# Against the alternatives: docs/benchmarks.md. BENCH_ARGS=--quick tries the benchmark itself.
bench: all $(BENCH)
	tests/bench/run $(BENCH_ARGS)

# --- installing: docs/hacking.md -------------------------------------------------------------------

PREFIX      ?= /usr/local
DESTDIR     ?=
bindir      ?= $(PREFIX)/bin
datadir     ?= $(PREFIX)/share
mandir      ?= $(datadir)/man
sharedir    ?= $(datadir)/taskfs
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
COMPLETION  := $(wildcard scripts/companions/completion.bash)
PAGES       := $(wildcard docs/man/*.[1-8])
# Every file that is put somewhere, as it is named there; uninstall removes just these.
INSTALLED    = $(bindir)/taskfs $(COMPANIONS:scripts/companions/%=$(bindir)/%) \
               $(SHARED:scripts/companions/%=$(sharedir)/%) \
               $(if $(COMPLETION),$(addprefix $(completions)/,taskfs $(notdir $(COMPANIONS)))) \
               $(foreach page,$(PAGES),$(mandir)/man$(subst .,,$(suffix $(page)))/$(notdir $(page))) \
               $(helperdir)/mount.fuse.taskfs $(userunits)/taskfs@.service \
               $(if $(systemunits),$(systemunits)/taskfs@.service)
# Folders that may have come with them, the innermost first.
MADE_FOLDERS = $(sharedir) $(completions) $(patsubst %/,%,$(dir $(completions))) $(mandir)/man1 $(mandir)/man8 \
               $(userunits) $(systemunits) $(patsubst %/,%,$(dir $(userunits)))
# The places that the sources name are those of the package; the variable that a line begins with is
# what is set.
PLACES = sed -e 's|^share=.*|share=$(sharedir)|' -e 's|^taskfs=.*|taskfs=$(bindir)/taskfs|' \
             -e 's|/usr/bin/taskfs|$(bindir)/taskfs|' -e 's|=/sbin/mount|=$(helperdir)/mount|'

# $(call put,MODE,FROM,TO), and the same with the places written into it.
put        = $(INSTALL) -D -m $(1) $(2) '$(DESTDIR)$(3)'
put_placed = $(PLACES) '$(2)' | $(call put,$(1),/dev/stdin,$(3))

install: $(BUILD)/taskfs
	@$(call put,755,$<,$(bindir)/taskfs)
	@$(foreach file,$(COMPANIONS),$(call put_placed,755,$(file),$(bindir)/$(notdir $(file))) &&) :
	@$(foreach file,$(SHARED),$(call put,644,$(file),$(sharedir)/$(notdir $(file))) &&) :
	@$(if $(COMPLETION),$(call put,644,$(COMPLETION),$(completions)/taskfs))
	@$(if $(COMPLETION),$(foreach file,$(COMPANIONS),ln -sf taskfs '$(DESTDIR)$(completions)/$(notdir $(file))' &&) :)
	@$(foreach page,$(PAGES),$(call put,644,$(page),$(mandir)/man$(subst .,,$(suffix $(page)))/$(notdir $(page))) &&) :
	@$(call put_placed,755,scripts/packaging/mount.fuse.taskfs,$(helperdir)/mount.fuse.taskfs)
	@$(call put_placed,644,scripts/packaging/user/taskfs@.service,$(userunits)/taskfs@.service)
	@$(if $(systemunits),$(call put_placed,644,scripts/packaging/system/taskfs@.service,$(systemunits)/taskfs@.service))
	@echo "installed $(words $(INSTALLED)) files: taskfs is '$(DESTDIR)$(bindir)/taskfs'"
	@$(if $(systemunits),,echo "mount(8) and fstab need root: ln -s '$(helperdir)/mount.fuse.taskfs' /sbin/")

uninstall:
	@rm -f $(foreach file,$(INSTALLED),'$(DESTDIR)$(file)')
	@for folder in $(foreach folder,$(MADE_FOLDERS),'$(DESTDIR)$(folder)'); do \
		[ ! -d "$$folder" ] || rmdir --ignore-fail-on-non-empty "$$folder" || exit 1; done

deb:
	scripts/packaging/deb

clean:
	rm -rf build

help:
	@echo 'make          build/taskfs and build/taskfs-emulator'
	@echo 'make unit     the unit tests'
	@echo 'make test     unit and mounted tests'
	@echo 'make asan     the same programs under ASan and UBSan, in build/asan'
	@echo 'make tsan     the same programs under TSan, in build/tsan'
	@echo 'make allocfail  the same programs, whose allocations can be made to fail, in build/allocfail'
	@echo 'make install  PREFIX=/usr/local, DESTDIR; for one user: PREFIX=$$HOME/.local'
	@echo 'make uninstall  removes what make install has put there, with the same variables'
	@echo 'make deb      a Debian package, in build/'
	@echo 'make lint     layers, static analysis, format'
	@echo 'make fuzz     every fuzz target for SECONDS=60'
	@echo 'make soak     random use under random faults, SECONDS=600 SEED=1'
	@echo 'make bench    speed against the alternatives, BENCH_ARGS="--jobs mixed,small --no-delay"'

-include $(OBJ:.o=.d) $(MAIN_OBJ:.o=.d) $(EMU_OBJ:.o=.d) $(UNIT_OBJ:.o=.d) \
         $(UNIT_MAIN:.o=.d) $(FAIL_OBJ:.o=.d) $(wildcard $(BUILD)/obj/tests/fuzz/*.d)
