# make demo      from the installation to a rendered table, three to six minutes on two cores
# make test      notebooks, exported tests, shown outputs, nothing edited by hand
# make quick     the same page on CIFAR-10 (NOISEKD_DATA names images that are there already)
# make figures   render again from the committed records
# make lab       JupyterLab on the first page
PYTHON      ?= python3
BIN         := .venv/bin
# An installation is as old as the content of these files, not as their dates.
STAMP       := .venv/.installed-$(shell cat settings.ini setup.py pyproject.toml | cksum | cut -d ' ' -f 1)
# The images that tests may need: needs_cifar10 and so on, as settings.ini lists them.
FLAGS       := $(shell sed -n 's/^tst_flags *= *//p' settings.ini)
# real images for the tests: a folder with an unpack.py, used where it stands beside the checkout
SHARED_DATA ?= ../shared/data
ifeq ($(NOISEKD_DATA)$(wildcard $(SHARED_DATA)/unpack.py),$(SHARED_DATA)/unpack.py)
export NOISEKD_DATA := $(abspath build/data)
UNPACKED := build/data/cifar-10-batches-py
endif

.PHONY: install demo quick test figures lab
install: $(STAMP)

$(STAMP):
	@$(PYTHON) -c 'import sys; sys.exit("noisekd needs Python 3.10 or newer; this is " + sys.version if sys.version_info < (3, 10) else 0)'
	@echo "installing into .venv: several GB, a few minutes"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --editable ".[dev]"
	@rm -f .venv/.installed*
	@touch $@

demo quick: install
	@$(BIN)/noisekd run overview --profile $@

test: install $(UNPACKED)
	$(BIN)/python -m noisekd.export --check
	@set -e; export NOISEKD_RUNS=$$(mktemp -d) OMP_NUM_THREADS=1; trap 'rm -rf $$NOISEKD_RUNS' EXIT; \
	echo "python -m noisekd.export --shown"; $(BIN)/python -m noisekd.export --shown; \
	flags=$$($(BIN)/python -m noisekd.export --flags); \
	echo "nbdev_test --flags \"$$flags\""; $(BIN)/nbdev_test --n_workers 2 --timing --flags "$$flags"; \
	echo "pytest tests/"; $(BIN)/python -m pytest tests/

build/data/cifar-10-batches-py: | install
	$(BIN)/python $(SHARED_DATA)/unpack.py build/data --only $(FLAGS:needs_%=%)

figures: install
	@$(BIN)/noisekd render

lab: install
	@$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) nbs/index.ipynb
