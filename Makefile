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
	if [ -d "$$NOISEKD_DATA/cifar-10-batches-py" ]; then flags="--flags needs_cifar10"; fi; \
	echo "nbdev_test $$flags"; $(BIN)/nbdev_test --n_workers 2 --timing $$flags; \
	echo "pytest tests/"; $(BIN)/python -m pytest tests/

build/data/cifar-10-batches-py: | install
	$(BIN)/python $(SHARED_DATA)/unpack.py build/data --only cifar10

figures: install
	@for folder in $(wildcard figures/*/records); do profile=$$(basename $$(dirname $$folder)); \
	$(BIN)/papermill --no-progress-bar nbs/paper/three_noises.ipynb /dev/null -p profile $$profile -p out figures/$$profile && echo "figures/$$profile"; done

lab: install
	@$(BIN)/jupyter lab nbs/index.ipynb
