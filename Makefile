# make install   everything into .venv     make demo   index seeds/ and ask a question
# make test      all tests                 make check  lint, format, types
# make bench     measures quality and speed, the reading of pages and of old encodings, then a
#                server under load and under random requests.
#                CORPUS=corpus.jsonl is the corpus to use, with queries.jsonl in the same folder;
#                WORK=folder also measures rebuilding, and keeps an index of the corpus there
# make soak      kills, reads and damages an index ROUNDS times

# The newest Python that runs and can create an environment. A version manager may have a command
# for each version, which fails unless that version is switched on.
PYTHON ?= $(firstword $(foreach it,python3.13 python3.12 python3.11,\
	$(shell $(it) -c 'import ensurepip, venv' 2>/dev/null && echo $(it))))
ROUNDS ?= 200
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
BENCH := $(VENV)/.bench

.PHONY: install demo test check bench soak clean

install: $(INSTALLED)

# torch is installed first and alone, so that an installed 2.13 build is kept. Otherwise
# sentence-transformers would install the newest torch, with gigabytes of CUDA.
$(INSTALLED): pyproject.toml
	@test -x $(BIN)/python || test -n "$(PYTHON)" || { echo "Locus needs Python 3.11, 3.12 or 3.13 with\
	 the module venv, and none of python3.13, python3.12 and python3.11 runs here. Install one of them,\
	 or name yours: make PYTHON=/path/to/python3" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet "torch==2.13.0"
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $@

$(BENCH): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --editable ".[bench]"
	touch $@

demo: install
	$(BIN)/locus index seeds
	$(BIN)/locus search -k 3 "How many soldiers were taken out of Insein Prison?"

test: install
	$(BIN)/python -m pytest

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(BENCH)
	$(BIN)/python -m tests.benchmarks $(CORPUS)
	$(if $(WORK),$(BIN)/python -m tests.benchmarks.rebuilding $(CORPUS) $(WORK))
	$(BIN)/python -m tests.benchmarks.pages
	$(BIN)/python -m tests.benchmarks.languages
	$(BIN)/python -m tests.benchmarks.serving $(CORPUS)

soak: install
	$(BIN)/python -m tests.benchmarks.soak $(ROUNDS)

clean:
	rm -rf $(VENV) .locus build *.egg-info
