# make demo                              the three tasks on the shipped clip and picture -> demo_output/index.html
# make demo CLIP=my.mp4 STILL=my.jpg     the same on your own files (spaces in paths are fine)
# make readme                            the demo, and its picture and table into README.md
# make test                              lint, types, and every test this machine can run
# make browser                           the browser tests alone, slow ones too; pictures in tests/browser/artifacts
#
# PYTHON=python3.12        another interpreter (3.10 or newer)
# TORCH="torch==2.13.0"    another torch; any arguments of `pip install` are welcome here
# COMFYUI_DIR=/path        a ComfyUI checkout for the host tests (default ~/comfy/ComfyUI; none: they are skipped)

SHELL := /bin/sh
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.10 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && echo $$p && break; done)
TORCH ?= torch==2.13.0
COMFYUI_DIR ?= $(HOME)/comfy/ComfyUI
OUT ?= demo_output
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Reached through the environment, so that no character of a path is read by the shell.
export CLIP STILL OUT COMFYUI_DIR

.PHONY: demo test lint types unit web browser format install clean readme

demo: $(VENV)/.installed
	@$(BIN)/raxel demo "--out=$$OUT" $${CLIP:+"--clip=$$CLIP"} $${STILL:+"--still=$$STILL"}

# The picture and the table of README.md, from a run of the demo.
readme: demo
	mkdir -p docs/images
	cp "$$OUT/overview.png" docs/images/demo.png
	$(BIN)/python -m raxel_core.report.readme "$$OUT/table.md" README.md demo

# pytest comes last: its closing line is the last line of the output.
test: lint types web unit

install: $(VENV)/.installed

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-test
	$(BIN)/pyright --pythonpath $(BIN)/python

# The browser's side: its tests need node alone, its types a TypeScript that npm puts below tests/web.
WEB_NEEDS := tests/web/package-lock.json
WEB_STAMP := tests/web/node_modules/.installed
web:
	@if ! command -v node >/dev/null; then echo "!!! node is missing: web/ is NOT tested" >&2; else \
		node --test --test-reporter=dot tests/web/*.test.mjs && $(MAKE) --no-print-directory web-types; fi

.PHONY: web-types
web-types:
	@cmp -s $(WEB_NEEDS) $(WEB_STAMP) || { echo "installing TypeScript into tests/web/node_modules"; \
		npm ci --prefix tests/web --no-audit --no-fund --loglevel=error >/dev/null && cp $(WEB_NEEDS) $(WEB_STAMP); } || true
	@if cmp -s $(WEB_NEEDS) $(WEB_STAMP); then tests/web/node_modules/.bin/tsc -p tests/web/jsconfig.json \
		&& echo "types of web/: no errors"; \
	else echo "!!! npm could not install TypeScript: types of web/ are NOT checked, only its tests have run" >&2; fi

unit: $(VENV)/.installed-test
	@$(MAKE) --no-print-directory host-packages browser-packages frontend-package
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -m "not slow and not gpu" -n 2 --no-loadscope-reorder

browser: $(VENV)/.installed-test
	@$(MAKE) --no-print-directory host-packages browser-packages frontend-package
	$(BIN)/python -m pytest -q -m browser tests/browser

format: $(VENV)/.installed-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) .venv-host .venv-host-frontend demo_output

# ---- installation: one stamp file a set of packages, so that a second run does not install again ----

$(VENV)/.created:
	@test -n "$(PYTHON)" || { echo "Raxel needs Python 3.10 or newer; name one with PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.torch: $(VENV)/.created
	$(PIP) $(TORCH)
	@touch $@

$(VENV)/.installed: $(VENV)/.torch pyproject.toml
	$(PIP) --editable ".[cli]"
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed pyproject.toml
	$(PIP) --editable ".[test]"
	@touch $@

# A real ComfyUI on this machine brings its own needs (tests/host/README.md); without one nothing is installed.
# It gets an environment of its own: torchvision in .venv would keep transformers, and so diffusers, from importing there.
HOST_VENV := .venv-host
HOST_NEEDS := tests/host/requirements-host.txt
.PHONY: host-packages browser-packages frontend-package
host-packages:
	@if [ -f "$$COMFYUI_DIR/main.py" ] && [ -z "$$COMFYUI_PYTHON" ] && [ ! -x "$$COMFYUI_DIR/.venv/bin/python" ] \
		&& [ ! -x "$$COMFYUI_DIR/venv/bin/python" ] && ! cmp -s $(HOST_NEEDS) $(HOST_VENV)/.installed; then \
		echo "installing what the ComfyUI in $$COMFYUI_DIR needs into $(HOST_VENV)"; \
		$(PYTHON) -m venv $(HOST_VENV) \
		&& $(HOST_VENV)/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0 \
		&& $(HOST_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r $(HOST_NEEDS) \
		&& cp $(HOST_NEEDS) $(HOST_VENV)/.installed; \
	fi

# Browser tests drive a Chromium; where one is missing and we may, Debian's is installed.
browser-packages:
	@if ls tests/browser/test_*.py >/dev/null 2>&1 && [ -f "$$COMFYUI_DIR/main.py" ] \
		&& ! command -v chromium >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing chromium for tests/browser"; \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; } >/dev/null; \
	fi

# The newest frontend, for those tests that run under it too; looked for again after a week, kept where PyPI is away.
HOST_FRONTEND := .venv-host-frontend
frontend-package:
	@if ls tests/browser/test_*.py >/dev/null 2>&1 && [ -f "$$COMFYUI_DIR/main.py" ] \
		&& [ -z "$$(find $(HOST_FRONTEND)/.installed -mtime -7 2>/dev/null)" ]; then \
		rm -rf $(HOST_FRONTEND).new; \
		if $(PIP) --no-deps --target $(HOST_FRONTEND).new comfyui-frontend-package; then \
			rm -rf $(HOST_FRONTEND); mv $(HOST_FRONTEND).new $(HOST_FRONTEND); touch $(HOST_FRONTEND)/.installed; \
		else echo "PyPI did not give the newest frontend: an older one or none is tested" >&2; fi; \
	fi
