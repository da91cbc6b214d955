# syntax=docker/dockerfile:1

# --- Front-end files: by lock, then only those in use ----------------------------------------------------------------
FROM node:22-slim AS front
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund

# --- Python packages and everything that is made before the start ----------------------------------------------------
FROM python:3.13-slim AS build
ENV PYTHONDONTWRITEBYTECODE=1
RUN pip install --no-cache-dir "uv>=0.9" && python -m venv /opt/venv
COPY requirements.lock /tmp/
RUN uv pip install --no-cache --python /opt/venv/bin/python --require-hashes -r /tmp/requirements.lock
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /app
COPY . .
COPY --from=front /app/node_modules ./node_modules
RUN python -m config.build.vendor \
 && python -m config.build.catalogs \
 && SECRET_KEY=only-while-building DATA_DIR=/app/var python manage.py collectstatic --noinput --verbosity 0 \
 && rm -rf node_modules

# --- What runs: no compiler, no npm, not root ------------------------------------------------------------------------
FROM python:3.13-slim
ENV DATA_DIR=/data \
    STATIC_ROOT=/app/var/static \
    BIND=0.0.0.0 \
    PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1
RUN useradd --system --uid 10001 --home-dir /data constante && install -d -o constante /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build --chown=root:root /app /app
WORKDIR /app
USER constante
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "config.start", "web"]
