# Two stages: the first installs what the hash-locked list names, the second carries the result.
FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.lock .
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --require-hashes -r requirements.lock

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data wirewatch && install -d -o wirewatch /data
COPY --from=build /opt/venv /opt/venv
COPY feeds.yaml /app/feeds.yaml
COPY config /app/config
COPY bot /app/bot
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    WIREWATCH_DATABASE_URL=sqlite:////data/wirewatch.db \
    WIREWATCH_LOG_FORMAT=json
# All that is written goes to the volume: the root may be read-only.
USER wirewatch
WORKDIR /data
VOLUME /data
HEALTHCHECK --interval=60s --timeout=10s --start-period=60s CMD ["python", "-m", "bot", "health"]
# The exec form, so that SIGTERM reaches the program and it can finish what it is saying.
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
