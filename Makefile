# Plumbline. 'make test' and 'make reproduce' are all that a newcomer needs.
PREFIX ?= /usr/local
SWIFT ?= swift
# Numeric code is far too slow in debug mode to be tested honestly.
CONFIGURATION ?= release
# The same flags for all, so that nothing is built twice. Debugging information would make the first
# build longer.
FLAGS = -c $(CONFIGURATION) -Xswiftc -enable-testing -Xswiftc -gnone -Xcc -g0
# So would the optimization of what computes nothing. On a Mac the compiler is Xcode's to find.
ifeq ($(shell uname -s)$(SWIFT_EXEC),Linux)
export SWIFT_EXEC := $(shell Scripts/quick-compiler "$(SWIFT)")
endif
# Where 'make reproduce' puts the report, and what else it is to do: make reproduce ARGUMENTS=--thorough
REPORT ?= report
ARGUMENTS ?=
# Where 'make documentation' puts the site.
SITE ?= documentation-site

PLUMB = "$$($(SWIFT) build $(FLAGS) --show-bin-path)/plumb"
SHARE = $(DESTDIR)$(PREFIX)/share

.PHONY: all build program packages reproduce test check documentation format lint benchmark install uninstall clean

all: build

packages:
	@Scripts/install-packages

build: packages
	$(SWIFT) build $(FLAGS) --product plumb

# Where the program lies that 'make build' made.
program:
	@echo $(PLUMB)

# Every experiment, repeated on this machine, into one page.
reproduce: build
	@$(PLUMB) reproduce --output "$(REPORT)" $(ARGUMENTS)

# 'swift test' alone would build everything once more, with flags of its own.
test: packages
	$(SWIFT) build $(FLAGS) --build-tests
	$(SWIFT) test $(FLAGS) --skip-build

# Everything a change must pass: format, lint, build, documentation, test.
check: lint build documentation test

# One static site about all libraries, with a guide per method. Every command in it is tried for its
# options.
documentation: build
	Scripts/check-documentation $(PLUMB)
	Scripts/build-documentation "$(SITE)" $(FLAGS)

format:
	$(SWIFT) format --in-place --recursive --parallel Package.swift Plugins Sources Tests Examples

lint:
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Plugins Sources Tests Examples

benchmark: build
	@$(PLUMB) benchmark

# The program, its models, its manual page and the completions of three shells.
install: build
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(SHARE)/man/man1" "$(SHARE)/plumb/models" \
	  "$(SHARE)/bash-completion/completions" "$(SHARE)/zsh/site-functions" \
	  "$(SHARE)/fish/vendor_completions.d"
	install -m 755 $(PLUMB) "$(DESTDIR)$(PREFIX)/bin/plumb"
	if [ -d Models ]; then cp -R Models/. "$(SHARE)/plumb/models/"; fi
	$(PLUMB) manual > "$(SHARE)/man/man1/plumb.1"
	$(PLUMB) --generate-completion-script bash > "$(SHARE)/bash-completion/completions/plumb"
	$(PLUMB) --generate-completion-script zsh > "$(SHARE)/zsh/site-functions/_plumb"
	$(PLUMB) --generate-completion-script fish > "$(SHARE)/fish/vendor_completions.d/plumb.fish"

uninstall:
	rm -f "$(DESTDIR)$(PREFIX)/bin/plumb" "$(SHARE)/man/man1/plumb.1" \
	  "$(SHARE)/bash-completion/completions/plumb" "$(SHARE)/zsh/site-functions/_plumb" \
	  "$(SHARE)/fish/vendor_completions.d/plumb.fish"
	rm -rf "$(SHARE)/plumb"

clean:
	$(SWIFT) package clean
