# make install   everything into .venv     make demo   index seeds/ and ask a question
# make test      all tests                 make check  lint, format, types
# make bench     measures Locus, and writes one report with charts to WORK/report (REPORT=folder)
#                CORPUS=corpus.jsonl   how costs grow, with queries.jsonl in the same folder; without
#                                      it, only tables over seeds/ are measured
#                SIZES=1000,10000,all  numbers of passages; over the corpus's own, with copies
#                MODEL_SIZES=1000      likewise with the model; SIZES measure all but the model
#                MINUTES=60            no size that would end later
#                DATASET=folder        judged questions, asked of the peers too
#                PEERS=all             or none, or names: plain,txtai,lancedb,chroma
#                TABLES=ratios,serving,rebuilding   also tables of single measurements; office,
#                                      pages and languages measure the readers of other formats
#                WORK=folder           keeps figures: what is there is not measured again
# make soak      kills, reads and damages an index ROUNDS times

# The newest Python that runs and can create an environment. A version manager may have a command
# for each version, which fails unless that version is switched on.
PYTHON ?= $(firstword $(foreach it,python3.13 python3.12 python3.11,\
	$(shell $(it) -c 'import ensurepip, venv' 2>/dev/null && echo $(it))))
ROUNDS ?= 200
WORK ?= $(VENV)/bench
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
	$(BIN)/python -m tests.benchmarks $(WORK) \
	  $(if $(CORPUS),--corpus $(CORPUS)) $(if $(DATASET),--dataset $(DATASET)) \
	  $(if $(SIZES),--sizes $(SIZES)) $(if $(MODEL_SIZES),--model-sizes $(MODEL_SIZES)) \
	  $(if $(MINUTES),--minutes $(MINUTES)) $(if $(PEERS),--peers $(PEERS)) \
	  $(if $(TABLES),--tables $(TABLES)) $(if $(REPORT),--report $(REPORT))

soak: install
	$(BIN)/python -m tests.benchmarks.soak $(ROUNDS)

clean:
	rm -rf $(VENV) .locus build *.egg-info
