# The command line and the admin on Debian's Python: docker build --tag graphile-worker .
ARG BASE=debian:trixie-slim

FROM ${BASE} AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates libatomic1 python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
# The wheel, then a folder that holds it and what it needs: the locked versions, by their hashes.
RUN scripts/install && scripts/build --wheel
RUN .venv/bin/python -m pip download --require-hashes --requirement requirements/run.txt --dest wheels \
 && python3 -m venv /opt/graphile-worker \
 && /opt/graphile-worker/bin/pip install --no-index --find-links wheels dist/*.whl \
 && /opt/graphile-worker/bin/pip uninstall --yes pip

FROM ${BASE}
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates python3 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin graphile-worker
COPY --from=build /opt/graphile-worker /opt/graphile-worker
ENV PATH=/opt/graphile-worker/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    GRAPHILE_WORKER_ADMIN_LISTEN=0.0.0.0:5678
# A number, so that Kubernetes' runAsNonRoot can verify it.
USER 10001:10001
EXPOSE 5678
HEALTHCHECK --interval=15s --timeout=5s --start-period=15s CMD ["graphile-worker", "healthcheck"]
ENTRYPOINT ["graphile-worker"]
CMD ["admin"]
