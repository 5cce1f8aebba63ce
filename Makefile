# make demo      a fresh machine to a rendered table, about five minutes
# make test      notebooks, exported tests, nothing edited by hand
# make quick     the same study on CIFAR-10 (NOISEKD_DATA names images that are there already)
# make figures   render again from the committed records
# make lab       JupyterLab on the first page
PYTHON      ?= python3
BIN         := .venv/bin
# real images for the tests: a folder with an unpack.py, used where it stands beside the checkout
SHARED_DATA ?= ../shared/data
ifeq ($(NOISEKD_DATA)$(wildcard $(SHARED_DATA)/unpack.py),$(SHARED_DATA)/unpack.py)
export NOISEKD_DATA := $(abspath build/data)
UNPACKED := build/data/cifar-10-batches-py
endif

.PHONY: install demo quick test figures lab
install: .venv/.installed

.venv/.installed: settings.ini setup.py pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("noisekd needs Python 3.10 or newer; this is " + sys.version if sys.version_info < (3, 10) else 0)'
	@echo "installing into .venv: several GB, a few minutes"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --editable ".[dev]"
	@touch $@

demo quick: install
	@$(BIN)/noisekd run $@

test: install $(UNPACKED)
	$(BIN)/noisekd export --check
	@set -e; export NOISEKD_RUNS=$$(mktemp -d) OMP_NUM_THREADS=1; trap 'rm -rf $$NOISEKD_RUNS' EXIT; \
	flags=$$($(BIN)/python -c 'from noisekd.data import available; print(*(f"needs_{k}" for k in ("cifar10", "cinic10", "cifar10n", "cifar100") if available(k)))'); \
	echo "nbdev_test --flags \"$$flags\""; $(BIN)/nbdev_test --n_workers 2 --timing --flags "$$flags"; \
	echo "pytest tests/"; $(BIN)/python -m pytest tests/

build/data/cifar-10-batches-py: | install
	$(BIN)/python $(SHARED_DATA)/unpack.py build/data --only cifar10 cinic10 cifar10n cifar100

figures: install
	@$(BIN)/noisekd render

lab: install
	@$(BIN)/jupyter lab nbs/index.ipynb
