# SPDX-License-Identifier: MIT
# The front door. `make help` tells what there is.
#
# Each target first installs what is missing of scripts/packages.txt, which needs root only then.

BUILD        = build
PREFIX       = /usr/local
FUZZ_SECONDS = 20
TESTS        =

# Without a display the demonstration and the screenshots make one of their own.
HEADLESS = $(if $(DISPLAY)$(WAYLAND_DISPLAY),,display)
ENSURE   = scripts/ensure-packages
COMPILE  = ninja -C $(BUILD) --quiet $(TARGETS)

# What is needed to run without the tests: whoever tries Bitket does not wait for them.
TARGETS  =
PROGRAMS = src/app/bitket src/console/bitket-door src/service/bitketd po/sv/LC_MESSAGES/bitket.mo \
           tests/app/screenshots tests/app/screenshots-entry

help:
	@echo 'make run          try Bitket with a sample event (without a display: shown as text and pictures)'
	@echo 'make test         build and run every test; the last line counts them'
	@echo '                  TESTS="core-* db" runs some of them'
	@echo 'make lint         check layers, style, data files and translations'
	@echo 'make bench        measure against stated bounds and other programs'
	@echo 'make bench-queue  thousands of buyers at once, both databases, every commit on the disk'
	@echo 'make fuzz         let libFuzzer at every parser, FUZZ_SECONDS=$(FUZZ_SECONDS) each'
	@echo 'make fuzz-http    broken requests at a real service with sanitizers, both databases; part of fuzz'
	@echo 'make screenshots  pictures of every page into $(BUILD)/screenshots'
	@echo 'make asan         the tests with the address and undefined behaviour sanitizers'
	@echo 'make tsan         the tests of base, client and door with the thread sanitizer'
	@echo 'make install      into PREFIX=$(PREFIX), below DESTDIR when it is set'
	@echo 'make clean        remove everything that was built'

run:
	@$(ENSURE) build run $(HEADLESS)
	@$(MAKE) --no-print-directory compile TARGETS='$(PROGRAMS)'
	@scripts/run $(BUILD)

test:
	@$(ENSURE) build run display test
	@$(MAKE) --no-print-directory compile
	@scripts/run-tests $(BUILD) $(TESTS)

lint:
	@$(ENSURE) build run display lint
	@$(MAKE) --no-print-directory configure
	@scripts/lint $(BUILD)

bench:
	@$(ENSURE) build run display bench
	@$(MAKE) --no-print-directory compile BUILD=build-release OPTIONS=--buildtype=release
	@scripts/bench build-release

bench-queue:
	@$(ENSURE) build run test
	@$(MAKE) --no-print-directory compile BUILD=build-release OPTIONS=--buildtype=release
	@scripts/bench-queue build-release

fuzz:
	@$(ENSURE) build fuzz
	@FUZZ_SECONDS=$(FUZZ_SECONDS) scripts/fuzz
	@$(MAKE) --no-print-directory fuzz-http

# Part of fuzz; needs neither clang nor libFuzzer.
fuzz-http:
	@$(ENSURE) build test
	@$(MAKE) --no-print-directory compile BUILD=build-asan TARGETS=src/service/bitketd \
	  OPTIONS=-Db_sanitize=address,undefined
	@scripts/fuzz-http build-asan $(FUZZ_SECONDS)
	@FUZZ_DATABASE=postgresql scripts/with-postgresql scripts/fuzz-http build-asan $(FUZZ_SECONDS)

screenshots:
	@$(ENSURE) build run display
	@$(MAKE) --no-print-directory compile TARGETS='$(PROGRAMS)'
	@scripts/screenshots $(BUILD)

asan:
	@$(ENSURE) build run display test
	@$(MAKE) --no-print-directory compile BUILD=build-asan OPTIONS=-Db_sanitize=address,undefined
	@. scripts/sanitizers && scripts/run-tests build-asan $(TESTS)

tsan:
	@$(ENSURE) build run test
	@$(MAKE) --no-print-directory compile BUILD=build-tsan OPTIONS=-Db_sanitize=thread
	@. scripts/sanitizers && scripts/run-tests build-tsan $(or $(TESTS),'base-*' 'client-*' 'door-*')

install:
	@$(ENSURE) build run
	@$(MAKE) --no-print-directory compile BUILD=build-install \
	  OPTIONS='--buildtype=release --prefix=$(PREFIX)'
	meson install -C build-install --no-rebuild

clean:
	rm -rf build build-asan build-bench build-fuzz build-install build-release build-tsan

# For the targets above; OPTIONS are those of a build directory that does not exist yet.
configure:
	@mkdir -p $(BUILD)
	@{ if [ -e $(BUILD)/build.ninja ]; then ninja -C $(BUILD) build.ninja; \
	   else meson setup $(BUILD) $(OPTIONS); fi; } >$(BUILD)/setup.log 2>&1 \
	  || { cat $(BUILD)/setup.log >&2; exit 1; }

compile: configure
	@echo 'Building in $(BUILD)/'
	@$(COMPILE)

.PHONY: help run test lint bench bench-queue fuzz fuzz-http screenshots asan tsan install clean configure compile
