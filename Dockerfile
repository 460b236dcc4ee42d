# Prudent's image: docker build --tag prudent .
# What is installed is held by hashes: requirements.lock for what runs, deploy/build.lock for what builds it,
# deploy/typescript/package-lock.json for TypeScript's compiler. tests/test_image.py runs these steps.

FROM node:20-bookworm-slim AS typescript
WORKDIR /typescript
COPY deploy/typescript/ ./
RUN npm ci --ignore-scripts --no-audit --no-fund


# llama.cpp's binding is offered as sources only; the compiler stays in this stage. The wheel runs on any such machine.
FROM python:3.11-slim-bookworm AS llama
ARG CMAKE_ARGS=-DGGML_NATIVE=OFF
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends gcc g++ \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY deploy/build.lock requirements.lock ./
RUN python -m venv /opt/tools \
 && /opt/tools/bin/pip install --no-cache-dir --require-hashes --requirement build.lock
RUN sed -n '/^llama-cpp-python==/,/[^\\]$/p' requirements.lock > llama.txt \
 && PATH=/opt/tools/bin:$PATH pip wheel --no-cache-dir --no-deps --no-build-isolation --require-hashes \
      --wheel-dir /wheel --requirement llama.txt


FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY deploy/build.lock requirements.lock pyproject.toml ./
RUN python -m venv /opt/tools \
 && /opt/tools/bin/pip install --no-cache-dir --require-hashes --requirement build.lock
# Only what runs: the lock has the development tools too, so it constrains here and pyproject.toml chooses. The binding of
# llama.cpp comes from the stage above, and needs diskcache and jinja2.
RUN python -m venv --without-pip /opt/prudent \
 && python -c "import tomllib; named = tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies']; print('diskcache', 'jinja2', *(name for name in named if not name.startswith('llama-cpp-python')), sep='\n')" > runs.txt \
 && /opt/tools/bin/pip --python /opt/prudent/bin/python install --no-cache-dir --require-hashes --only-binary :all: \
      --constraint requirements.lock --requirement runs.txt
COPY README.md LICENSE ./
COPY bot/ bot/
COPY checks/ checks/
COPY kb/ kb/
COPY models/ models/
COPY --from=llama /wheel/ /wheel/
RUN /opt/tools/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheel . \
 && /opt/tools/bin/pip --python /opt/prudent/bin/python install --no-cache-dir --no-deps --no-index /wheel/*.whl \
 && /opt/tools/bin/pip --python /opt/prudent/bin/python check
# "none", or what `prudent models pull` takes: "default" is the one that is meant to be put in. Verified, or no image.
ARG MODEL=none
RUN mkdir /opt/prudent/models \
 && case "${MODEL}" in \
      none) ;; \
      *) PRUDENT_CACHE=/opt/prudent PRUDENT_DATA=/src/data /opt/prudent/bin/prudent models pull "${MODEL}" ;; \
    esac \
 && chmod --recursive a+rX /opt/prudent/models
COPY --from=typescript /typescript/node_modules/@typescript/ /opt/prudent/tools/node_modules/@typescript/


FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="Prudent" \
      org.opencontainers.image.description="A pull request reviewer that maintainers run themselves" \
      org.opencontainers.image.licenses="Apache-2.0"
# git reads repositories, libgomp1 is llama.cpp's, tini ends what engines leave behind. Not pinned: Debian's security fixes have to come in.
# tini is made unreadable, so that the kernel shows its environment, which has our secrets, to nobody but root.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates git libgomp1 tini \
 && rm -rf /var/lib/apt/lists/* \
 && chmod 0711 /usr/bin/tini \
 && groupadd --gid 10001 prudent \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/prudent --shell /usr/sbin/nologin prudent \
 && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/prudent /var/cache/prudent
COPY --from=build /opt/prudent/ /opt/prudent/
ARG MODEL=none
ENV PATH=/opt/prudent/bin:$PATH \
    PRUDENT_DATA=/var/lib/prudent \
    PRUDENT_CACHE=/var/cache/prudent \
    PRUDENT_HOST=0.0.0.0 \
    PRUDENT_PORT=8080 \
    PRUDENT_LOG=json \
    PRUDENT_MODEL=${MODEL}
WORKDIR /var/lib/prudent
USER 10001:10001
EXPOSE 8080
# Of the web process; a worker listens nowhere, so compose.yml switches this off for it.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import http.client, os; asked = http.client.HTTPConnection('127.0.0.1', int(os.environ['PRUDENT_PORT']), timeout=4); asked.request('GET', '/healthz'); raise SystemExit(asked.getresponse().status != 200)"]
ENTRYPOINT ["tini", "--", "prudent"]
CMD ["serve"]
