# The image of a release, made by `make image`: not root, and at home on a read-only root file system. What is written
# goes under /work, where a volume belongs, and to TMPDIR.
ARG BASE_DIGEST
FROM docker.io/library/python:3.13-slim-trixie@${BASE_DIGEST} AS install
WORKDIR /install
COPY requirements/release.lock dist/*.whl ./
RUN python -m venv /opt/evidence \
    && /opt/evidence/bin/pip install --no-cache-dir --require-hashes -r release.lock \
    && /opt/evidence/bin/pip install --no-cache-dir --no-deps ./*.whl \
    && /opt/evidence/bin/evidence schedule script >/usr/local/bin/evidence-run \
    && chmod 755 /usr/local/bin/evidence-run

FROM docker.io/library/python:3.13-slim-trixie@${BASE_DIGEST}
# Debian keeps no older versions: a pinned one would break this file at the next security update.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 evidence \
    && useradd --uid 10001 --gid 10001 --home-dir /work --create-home --shell /usr/sbin/nologin evidence
COPY --from=install /opt/evidence /opt/evidence
COPY --from=install /usr/local/bin/evidence-run /usr/local/bin/evidence-run
ENV PATH=/opt/evidence/bin:$PATH PYTHONDONTWRITEBYTECODE=1 EVIDENCE_STATE=/work
USER 10001:10001
WORKDIR /work
VOLUME /work
ENTRYPOINT ["evidence"]
CMD ["--help"]
