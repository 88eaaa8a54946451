# Two commands on a fresh machine: `make demo`, then `make test`.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint types imports compiled unit changelog coverage simulate faults rehearsal year bench scale peers oscal differential mutants omissions kills attacks fuzz generated requests schemas rows samples docs pages release image lock clean
.DELETE_ON_ERROR:
# Tests start hundreds of commands: each would compile the whole package again.
unexport PYTHONDONTWRITEBYTECODE

## demo: collect, seal, test, render, pack and verify the demo account into out/
demo: .venv/.demo
	rm -rf out
	$(BIN)/evidence demo --output out

## test: everything that must hold on main; T="mfa and not root" runs only the tests that pytest's -k finds, without
## lint; T=tests/cli those of a folder or file, sooner, since pytest reads no others
T :=
test: .venv/.dev
	@scripts/setup tools
	$(if $(T),,@$(MAKE) --no-print-directory -j2 types lint imports pages compiled)
	@$(MAKE) --no-print-directory unit

# Else each worker of pytest would compile all that it imports, at the same time as the others.
compiled: .venv/.dev
	@$(BIN)/pytest --collect-only -qq >/dev/null 2>&1 || true # `unit` tells what is wrong

# deptry twice: what is shipped needs no tool of `dev`; what tests import is declared as well.
lint: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	scripts/setup check
	$(BIN)/hadolint Dockerfile
	$(BIN)/deptry --no-ansi evidence
	$(BIN)/deptry --no-ansi --ignore DEP001,DEP002,DEP004 evidence tests benchmarks
	$(BIN)/zizmor --offline --quiet --pedantic .github
	@said=$$($(BIN)/towncrier build --draft --version next 2>&1) || { echo "$$said" >&2; exit 1; }
	@empty=$$(grep -L '[^[:space:]]' changelog.d/*.md || true); \
		[ -z "$$empty" ] || { echo "$$empty: a changelog fragment that says nothing" >&2; exit 1; }

## changelog: what changelog.d/ will become when a version is cut
changelog: .venv/.dev
	@$(BIN)/towncrier build --draft --version next

types: .venv/.dev
	$(BIN)/mypy

imports: .venv/.dev
	$(BIN)/lint-imports

unit: .venv/.dev
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder $(if $(filter tests/%,$(T)),$(T),$(if $(T),-k "$$T"))

## coverage: the same tests with every command they start measured; takes half as long again
coverage: .venv/.dev
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered

## bench: figures against their goals; ROWS="verify test" measures these rows only; ACCOUNTS=200 sizes the row memory
ROWS ?=
bench: .venv/.dev
	$(BIN)/python -m benchmarks $(ROWS)

## scale: what more accounts cost, with exponents; ACCOUNTS="20 2000" REGIONS=1 for others; see docs/scale.md
REGIONS ?= 2
scale: ACCOUNTS ?= 1 10 100 1000
scale: .venv/.dev
	$(BIN)/python -m benchmarks.scale $(ACCOUNTS) --regions $(REGIONS)

## differential: Prowler's verdicts against ours, on six accounts; installs 1.4 GB; see docs/differences.md
PROWLER ?= build/prowler-venv/bin/prowler
PROWLER_PYTHON ?= $(PYTHON)
differential: .venv/.dev $(PROWLER)
	PROWLER=$(PROWLER) $(BIN)/python -m tests.differential

## peers: install what `make bench ROWS="aws-cli prowler"` compares with, 1.6 GB
peers: .venv/.dev build/awscli-venv/bin/aws build/prowler-venv/bin/prowler

build/awscli-venv/bin/aws:
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python build/awscli-venv
	$(BIN)/uv pip install --quiet --python build/awscli-venv/bin/python awscli==1.46.3

build/prowler-venv/bin/prowler:
	$(BIN)/uv venv --quiet --clear --python $(PROWLER_PYTHON) build/prowler-venv
	$(BIN)/uv pip install --quiet --python build/prowler-venv/bin/python prowler==5.46.0

## oscal: compliance-trestle validates the samples' OSCAL assessment results; installs it into build/, 90 MB
oscal: .venv/.dev build/trestle-venv/bin/trestle
	$(BIN)/python -m tests.oscal

build/trestle-venv/bin/trestle:
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python build/trestle-venv
	$(BIN)/uv pip install --quiet --python build/trestle-venv/bin/python compliance-trestle==5.2.0

## simulate: generated policies and requests, ours against @cloud-copilot/iam-simulate (needs node and npm)
simulate: .venv/.dev
	$(BIN)/python -m tests.simulate

## faults: every kind of fault in every item, whole runs on the demo account; WORDS="config.rules time-out" for some
faults: .venv/.dev
	$(BIN)/python -m tests.faults $(WORDS)

## rehearsal: a 200-account organization collected, killed half way, resumed, tested, rendered and verified
rehearsal: ACCOUNTS ?= 200
rehearsal: .venv/.dev
	$(BIN)/python -m tests.rehearsal --accounts $(ACCOUNTS) --regions $(REGIONS)

## year: 53 weekly collections of the demo organization, its reviews, and what `evidence period` says of all of it
## against the script's record; goes on with what build/year has; WEEKS=12 for fewer
WEEKS ?= 53
year: .venv/.dev
	$(BIN)/python -m tests.year --weeks $(WEEKS)

## mutants: do tests notice when a rule is changed? MODULES="keys mfa" for some of them; see docs/mutants.md
mutants: .venv/.dev build/mutmut-venv/bin/mutmut
	$(BIN)/python -m tests.mutation $(MODULES)

build/mutmut-venv/bin/mutmut:
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python build/mutmut-venv
	$(BIN)/uv pip install --quiet --python build/mutmut-venv/bin/python mutmut==3.8.1

## omissions: whatever can be cut out of a bundle, cut one by one: no conclusion may become better; a sample is in
## the tests; WORDS="identity-store.users record" for some
omissions: .venv/.dev
	$(BIN)/python -m tests.omissions $(WORDS)

## kills: `run` killed at every kind of event, all commands that write at 420 random moments; some of it is in the
## tests; WORDS="collect timestamp" for some commands
kills: .venv/.dev
	$(BIN)/python -m tests.kills $(WORDS)

## attacks: the whole attack corpus, over 50,000 mutations of a sealed pack; some of them are in the tests; FAMILIES=forged
attacks: .venv/.dev
	@scripts/setup tools
	$(BIN)/python -m tests.attacks $(FAMILIES)

## fuzz: each parser over a million inputs or ten minutes, guided by coverage; SECONDS=20 PARSERS="zip cms" for less
SECONDS ?= 600
fuzz: .venv/.dev build/atheris/atheris/__init__.py
	PYTHONPATH=build/atheris $(BIN)/python -m tests.fuzz --seconds $(SECONDS) $(PARSERS)

build/atheris/atheris/__init__.py:
	$(BIN)/uv pip install --quiet --python $(BIN)/python --target build/atheris atheris==3.0.0

## generated: make again what is generated and committed; the samples only where they are not what the code makes now
generated: requests schemas docs rows
	$(BIN)/pytest tests/samples || $(MAKE) --no-print-directory samples

## requests: pin again what each operation sends, by botocore's models; the read-only gate holds requests against it
requests: .venv/.dev
	$(BIN)/python -m tests.support.make_requests

## schemas: make the published JSON Schemas again
schemas: .venv/.dev
	$(BIN)/python -m evidence.bundle.format.schema
	$(BIN)/python -m evidence.statements.schema

## rows: write tests/rows again: every word that the rules say of every case; IN=tests/controls/test_ipe.py for one
rows: .venv/.dev
	$(if $(IN),,rm -rf tests/rows)
	EVIDENCE_WRITE_ROWS=1 $(BIN)/pytest -n auto $(or $(IN),tests/controls tests/corpus)

## samples: make the files under samples/ again, with the fixed key and clock
samples: .venv/.dev
	$(BIN)/python -m tests.support.make_samples

## docs: make the generated pages under docs/ again, and of all of them a site in build/site, its links checked
docs: .venv/.dev
	$(BIN)/python -m tests.support.make_docs
	$(SPHINX) -b html docs build/site

# Strict: a link that leads nowhere, and a page that no list of docs/index.md has, are errors.
SPHINX = $(BIN)/python -m sphinx --quiet --nitpicky --fail-on-warning --keep-going --doctree-dir build/doctrees

pages: .venv/.dev
	$(SPHINX) -b dummy docs build/pages

## release: build what is published into dist/, twice to the same bytes, with its SBOM; publishes nothing
release: .venv/.dev
	scripts/release

## image: the container image of the release in dist/; needs docker, podman or buildah, and BASE_DIGEST=sha256:…
image:
	@BASE_DIGEST=$(BASE_DIGEST) scripts/image

## lock: resolve dependencies again (hashes, no index addresses)
lock: .venv/.dev
	scripts/lock

.venv/.demo: pyproject.toml requirements/demo.lock scripts/setup
	PYTHON=$(PYTHON) scripts/setup venv demo

.venv/.dev: pyproject.toml requirements/dev.lock scripts/setup
	PYTHON=$(PYTHON) scripts/setup venv dev

clean:
	rm -rf .venv out dist build .mypy_cache .ruff_cache .pytest_cache .coverage
