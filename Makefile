# Everything sets itself up: a Python of 3.11 or later with pip is all that must be there.
# The environments are made once, and again when pyproject.toml changes.

# Up to 3.14 LevelDB comes ready-made; for a newer Python it is compiled, if the machine can.

PYTHON := $(shell for newest in 14 99; do for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, $$newest))" 2>/dev/null \
	&& echo $$python && exit; done; done)
RUN := .venv/bin/python

# What the JavaScript clients need, if there is an npm to install it with; without node their tests are skipped.
JAVASCRIPT := tests/clients/javascript tests/dax/javascript
NODE_MODULES := $(if $(shell command -v npm 2> /dev/null),$(JAVASCRIPT:=/node_modules/made))

.PHONY: bench bench-peers check clients conformance-peers crash-matrix docs failover fuzz linearizability \
	package-check reference screenshots serve shared sim test walk

serve: .venv/served
	$(RUN) -m server $(OPTIONS)

test: check clients
	$(RUN) -m pytest -n 2

check: .venv/tested
	$(RUN) -m ruff check dynalite pytest_dynalite server tests bench
	$(RUN) -m mypy
	.venv/bin/lint-imports

clients: .venv-clients/made .venv-dax/made .venv-dax-2.0/made $(NODE_MODULES)

crash-matrix: .venv/tested
	$(RUN) -m tests.reliability.crash_matrix --points $(or $(POINTS),1000) --http 50 --seed $(or $(SEED),0) $(OPTIONS)

fuzz: .venv/tested
	$(RUN) -m tests.fuzz.run --seed $(or $(SEED),0) --count $(or $(COUNT),20000) $(if $(TARGET),--target $(TARGET)) $(OPTIONS)

linearizability: .venv/tested
	$(RUN) -m tests.linearizability.run $(OPTIONS)

# What speaks to a server from outside, on three servers with one database behind one address.
shared: .venv/tested
	DYNALITE_TEST_SHARED=$(or $(SERVERS),3) $(RUN) -m pytest tests/conformance tests/oracle \
		tests/clients/test_boto3.py tests/streams/test_boto3.py tests/linearizability tests/reliability

failover: .venv/tested
	ROUNDS=$(or $(ROUNDS),5) $(RUN) -m pytest -m failover tests/scaling

sim: .venv/tested
	$(RUN) -m tests.simulation.run --seed $(or $(SEED),0) --steps $(or $(STEPS),200) $(OPTIONS)

bench: .venv/served
	$(RUN) -m bench.run $(OPTIONS)

bench-peers: .venv/served
	$(RUN) -m bench.run --peers $(OPTIONS)

# The documentation as a site, in site/: python -m http.server --directory site shows it.
docs: .venv/tested
	NO_MKDOCS_2_WARNING=1 $(RUN) -m mkdocs build --quiet

# The reference pages of the documentation, from the tables in the code.
reference: .venv/tested
	$(RUN) -m server.reference

screenshots: .venv/tested
	$(RUN) -m tests.console.screenshots

conformance-peers: .venv/tested
	$(RUN) -m tests.conformance.peers $(OPTIONS)

# A newcomer's first hour, from the documentation alone, in an empty folder.
walk: .venv/tested
	$(RUN) -m tests.documentation.walk

package-check: .venv/tested
	$(RUN) -m tests.packages.check

.venv/served: pyproject.toml | .venv/bin/python
	$(RUN) -m pip install --quiet --editable .
	@$(RUN) -c 'import dynalite.storage.binding' 2> /dev/null || $(RUN) -m pip install --quiet --editable '.[leveldb]' 2> /dev/null || true
	$(RUN) -m compileall -q dynalite server # so that the first start is as fast as the next
	touch $@

.venv/tested: pyproject.toml | .venv/bin/python
	$(RUN) -m pip install --quiet --editable '.[dev]'
	touch $@ .venv/served

# aioboto3 and the AWS command line pin a botocore that is older than the one our own tests need. The pytest plugin's
# fixtures for aioboto3 are tested there too, so we are installed beside them.
.venv-clients/made: pyproject.toml | .venv-clients/bin/python
	.venv-clients/bin/python -m pip install --quiet --editable . aioboto3 anyio awscli pytest pytest-asyncio
	touch $@

# The DAX client of today, and the line before it, which speaks the protocol a little differently.
.venv-dax/made: pyproject.toml | .venv-dax/bin/python
	.venv-dax/bin/python -m pip install --quiet amazon-dax-client==2.1.0 boto3
	touch $@

.venv-dax-2.0/made: pyproject.toml | .venv-dax-2.0/bin/python
	.venv-dax-2.0/bin/python -m pip install --quiet amazon-dax-client==2.0.6 boto3
	touch $@

%/node_modules/made: %/package.json %/package-lock.json
	cd $* && npm ci --loglevel=error --no-audit --no-fund
	touch $@

# Where Python comes without the parts that `venv` needs (Debian), virtualenv brings its own.
.venv/bin/python .venv-clients/bin/python .venv-dax/bin/python .venv-dax-2.0/bin/python:
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or later is needed.' >&2; exit 1; }
	rm -rf $(@D:/bin=)
	$(PYTHON) -m venv $(@D:/bin=) || { rm -rf $(@D:/bin=); \
		$(PYTHON) -m pip install --quiet --user virtualenv && $(PYTHON) -m virtualenv --quiet $(@D:/bin=); }
