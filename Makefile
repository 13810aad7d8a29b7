# `make run` and `make test` do all the set-up on a fresh Debian or Ubuntu with Python 3.11 or newer.

PYTHON ?= python3
HOST ?= 0.0.0.0
PORT ?= 8443
MEDIA_PORT ?= 7882
DATA ?= data
SHOTS ?= build/stories
CLIENT_SHOTS ?= build/client
KEYS ?=

BIN := .venv/bin
SOURCES := $(wildcard _fastpath/*.pyx _fastpath/*.pxd) setup.py

.PHONY: run web-packages test test-browsers-long test-client test-stories sdk lint format bench quality fuzz properties clean

run: .venv/built web-packages
	$(BIN)/treble dev --host $(HOST) --port $(PORT) --media-port $(MEDIA_PORT) --data $(DATA)

test: .venv/dev .venv/built web-packages
	$(BIN)/python -m pytest $(ARGS)

# What the page uses of others' npm packages; goes on without where it cannot be fetched.
web-packages:
	@$(PYTHON) deploy/fetch_web_packages.py

# The browser tests with a whole minute of counted frames, every mode of the encoders, and their bounds taken at their word.
test-browsers-long: .venv/dev .venv/built
	TREBLE_LONG=1 $(BIN)/python -m pytest tests/browser $(ARGS)

# Every story of the product in real Chromium windows, measured against what is expected: with the mouse, and by keys alone; about
# ten minutes. KEYS=1 plays them by keys only, KEYS=0 with the mouse only. Pictures of the screens go into SHOTS.
test-stories: .venv/dev .venv/built
	TREBLE_STORIES=1 TREBLE_KEYS="$(KEYS)" TREBLE_SHOTS="$(abspath $(SHOTS))" $(BIN)/python -m pytest tests/stories $(ARGS)

# The npm package: build/sdk, and build/treble-client-<version>.tgz to install.
sdk: web/node_modules/.package-lock.json
	node web/package/build.mjs build/sdk
	cd build && npm pack --loglevel=error ./sdk

# Every screen and state of the page in Chromium and Firefox (words, axe, sizes, light and dark, right to left, large letters),
# measured against what is expected, with pictures in CLIENT_SHOTS; what others get, built from a fresh clone and installed in
# empty folders (bot and server of the wheel, examples and types of the npm package); the connection test, slow tests of devices; the
# Python client behind a coturn.
test-client: .venv/dev .venv/built web-packages
	deploy/install-packages.sh relay
	$(BIN)/python -m tests.fresh build/fresh
	TREBLE_CLIENT=1 TREBLE_FRESH="$(abspath build/fresh)" TREBLE_SHOTS="$(abspath $(CLIENT_SHOTS))" \
	$(BIN)/python -m pytest tests/client tests/web/test_devices.py tests/web/test_sdk_package.py \
	tests/browser/test_bot.py tests/browser/test_python_relayed.py tests/browser/test_sdk.py tests/browser/test_check.py $(ARGS)

lint: .venv/dev .venv/built
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PATH="$(CURDIR)/$(BIN):$$PATH" cython-lint _fastpath
	$(BIN)/lint-imports
	web/node_modules/.bin/tsc -p web

format: .venv/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/dev .venv/built
	deploy/install-packages.sh compare
	$(BIN)/python -m bench $(ARGS)

# Every quality case against its bar; fails where one falls short. About an hour and a half; ARGS="--short-browsers" half an hour,
# ARGS="--short" a quarter; or names of cases.
quality: .venv/dev .venv/built
	$(BIN)/python -m bench.quality --write docs/quality.md $(ARGS)

fuzz: .venv/dev .venv/built
	$(BIN)/python -m tests.fuzz $(ARGS)

# The properties with examples that no run has had before, ten times as many; `make test` has the same ones every time.
properties: .venv/dev .venv/built
	$(BIN)/python -m pytest -m hypothesis --hypothesis-profile=new $(ARGS)

.venv/base: pyproject.toml
	deploy/install-packages.sh run
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip "setuptools>=80" "cython==3.3.*"
	touch $@

.venv/built: .venv/base $(SOURCES)
	$(BIN)/python -m pip install --quiet --no-build-isolation --editable .
	touch $@

# The TypeScript compiler, for checking types; nothing of it is served.
web/node_modules/.package-lock.json: web/package-lock.json
	deploy/install-packages.sh sdk
	npm ci --prefix web --no-audit --no-fund --loglevel=error
	touch $@

.venv/dev: .venv/base .venv/built web/node_modules/.package-lock.json
	deploy/install-packages.sh test
	$(BIN)/python -m pip install --quiet --no-build-isolation --editable ".[dev]"
	touch $@

clean:
	rm -rf build .venv web/node_modules web/vendor *.egg-info
	rm -f _fastpath/*.c _fastpath/*.so _fastpath/*.html
