# syntax=docker/dockerfile:1
#
#   docker build --target app     -t calibrate .           the web process (default)
#   docker build --target worker  -t calibrate-worker .    the background worker
#   docker build --target release -t calibrate-release .   run once before a new version starts: applies migrations
#
# Nothing is configured here: every process reads its environment and says at once what is missing.

FROM node:24-bookworm-slim AS base
WORKDIR /app
ENV CHECKPOINT_DISABLE=1 NPM_CONFIG_UPDATE_NOTIFIER=false

# Everything, to build with. No package runs a script of its own: .npmrc says so. `npm install --no-save` takes the versions and hashes
# of the lockfile as `npm ci` does, but does not refuse it for want of an optional package of another platform.
FROM base AS packages
COPY package.json package-lock.json .npmrc ./
COPY schemas/package.json schemas/package.json
RUN npm install --no-save

FROM packages AS build
COPY . .
RUN node node_modules/prisma/build/index.js generate \
 && NODE_ENV=production node node_modules/@remix-run/dev/dist/cli.js vite:build

# Only what runs. The optional packages bring Node for machines without it; the image has one.
FROM base AS production-packages
COPY package.json package-lock.json .npmrc ./
COPY schemas/package.json schemas/package.json
RUN npm install --no-save --omit=dev --omit=optional && npm cache clean --force

# Migrations need Prisma's command line, which production does not carry.
FROM build AS release
USER node
CMD ["node", "node_modules/prisma/build/index.js", "migrate", "deploy"]

# Owned by root and run by another user: the process cannot change its own code.
FROM base AS runtime
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
COPY --from=production-packages /app/node_modules node_modules
COPY --from=build /app/package.json package.json
COPY --from=build /app/schemas schemas
COPY --from=build /app/app app
COPY --from=build /app/build build
USER node
STOPSIGNAL SIGTERM

FROM runtime AS worker
CMD ["node", "app/worker/main.ts"]

FROM runtime AS app
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "app/web/main.ts"]
