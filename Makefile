# Plumbline. 'make test' and 'make reproduce' are all that a newcomer needs.
PREFIX ?= /usr/local
SWIFT ?= swift
# Numeric code is far too slow in debug mode to be tested honestly.
CONFIGURATION ?= release

.PHONY: all build packages test check format lint benchmark install clean

all: build

packages:
	@Scripts/install-packages

build: packages
	$(SWIFT) build -c $(CONFIGURATION)

test: packages
	$(SWIFT) test -c $(CONFIGURATION) -Xswiftc -enable-testing

# Everything a change must pass: format, lint, build, test.
check: lint build test

format:
	$(SWIFT) format --in-place --recursive --parallel Package.swift Sources Tests Examples

lint:
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests Examples

benchmark: build
	$(SWIFT) run -c $(CONFIGURATION) --skip-build plumb benchmark

install: build
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install -m 755 "$$($(SWIFT) build -c $(CONFIGURATION) --show-bin-path)/plumb" "$(DESTDIR)$(PREFIX)/bin/plumb"

clean:
	$(SWIFT) package clean
