# The app with its front end built; `compose.yaml` joins it with PostgreSQL and Redis.
FROM python:3.13-slim

WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1

# Dependencies first: they change less often than the code.
COPY requirements.lock ./
RUN python -m venv .venv && pip install --no-cache-dir --require-hashes -r requirements.lock

COPY pyproject.toml rxconfig.py ./
COPY reflex.lock reflex.lock
COPY assets assets
COPY alembic alembic
COPY callcenter callcenter
RUN pip install --no-cache-dir --no-deps --no-build-isolation -e . \
    && useradd --create-home callcenter \
    && mkdir data \
    && chown -R callcenter:callcenter /app

USER callcenter
RUN python -c "from callcenter.cli.frontend import build_if_changed; build_if_changed()"

VOLUME /app/data
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:3000/api/health')"]
CMD ["callcenter", "serve", "--host", "0.0.0.0", "--port", "3000", "--migrate"]
