import type { ServerBuild } from '@remix-run/node';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWebServer, type WebServer } from './server.ts';

type Loader = (args: { request: Request }) => Response | Promise<Response>;

/** A build of one resource route that answers everything. */
function buildOf(loader: Loader): ServerBuild {
  return {
    entry: { module: { default: () => new Response('a page'), handleError: () => undefined } },
    routes: { root: { id: 'root', path: '*', module: { loader } } },
    assets: { entry: { imports: [], module: '' }, routes: {}, url: '', version: '1' },
    publicPath: '/',
    assetsBuildDirectory: '',
    future: {},
    isSpaMode: false,
  } as unknown as ServerBuild;
}

const clientDir = mkdtempSync(path.join(tmpdir(), 'calibrate-client-'));
let server: WebServer;
let origin: string;

async function start(loader: Loader): Promise<void> {
  server = createWebServer({ build: buildOf(loader), clientDir, log: pino({ level: 'silent' }) });
  const { port } = await server.listen(0, '127.0.0.1');
  origin = `http://127.0.0.1:${port}`;
}

beforeEach(() => {
  mkdirSync(path.join(clientDir, 'assets'), { recursive: true });
  writeFileSync(path.join(clientDir, 'assets', 'page-1a2b3c.js'), 'export {};');
  writeFileSync(path.join(clientDir, 'logo.svg'), '<svg/>');
});

afterEach(async () => {
  await server.close(0);
  rmSync(clientDir, { recursive: true, force: true });
});

describe('the web server', () => {
  it('answers /healthz without asking the app', async () => {
    await start(() => {
      throw new Error('the app is broken');
    });
    const answer = await fetch(`${origin}/healthz`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ status: 'ok' });
  });

  it('gives every request an id, keeps a sane one from outside and hands it to the route', async () => {
    await start(({ request }) => new Response(request.headers.get('x-request-id')));
    const made = await fetch(`${origin}/x`);
    expect(await made.text()).toBe(made.headers.get('x-request-id'));
    expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    const kept = await fetch(`${origin}/x`, { headers: { 'X-Request-Id': 'trace-0001' } });
    expect(await kept.text()).toBe('trace-0001');
    const refused = await fetch(`${origin}/x`, { headers: { 'X-Request-Id': 'a b' } });
    expect(await refused.text()).not.toBe('a b');
  });

  it('does not say what it is made of', async () => {
    await start(() => new Response('ok'));
    expect((await fetch(`${origin}/x`)).headers.has('x-powered-by')).toBe(false);
  });

  it('lets hashed assets be kept for good and other files only for a while', async () => {
    await start(() => new Response('ok'));
    expect((await fetch(`${origin}/assets/page-1a2b3c.js`)).headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect((await fetch(`${origin}/logo.svg`)).headers.get('cache-control')).toBe('public, max-age=3600');
  });

  it('answers 404 itself for an asset that is not there, so that no page is rendered for it', async () => {
    await start(() => new Response('rendered'));
    const answer = await fetch(`${origin}/assets/gone.js`);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toBe('Not found\n');
    expect(answer.headers.get('content-security-policy')).toBe('frame-ancestors https://admin.shopify.com;');
  });

  it('rejects listening on a port that is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    server = createWebServer({ build: buildOf(() => new Response('ok')), clientDir, log: pino({ level: 'silent' }) });
    await expect(server.listen(port, '127.0.0.1')).rejects.toMatchObject({ code: 'EADDRINUSE' });
    other.close();
  });
});

describe('stopping the web server', () => {
  it('lets what is being answered finish and takes nothing new', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    let reached = (): void => undefined;
    const inRoute = new Promise<void>((resolve) => (reached = resolve));
    await start(async () => {
      reached();
      await released;
      return new Response('finished');
    });
    const answer = fetch(`${origin}/slow`);
    await inRoute;
    const closed = server.close(5_000);
    await expect(fetch(`${origin}/new`)).rejects.toThrow();
    release();
    expect(await (await answer).text()).toBe('finished');
    expect(await closed).toBe(0);
  });

  it('ends event streams at once and tells the route', async () => {
    let aborted = false;
    await start(({ request }) => {
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('data: 1\n\n'));
          request.signal.addEventListener('abort', () => {
            aborted = true;
            controller.close();
          });
        },
      });
      return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
    });
    const reader = (await fetch(`${origin}/events`)).body!.getReader();
    await reader.read();
    expect(await server.close(5_000)).toBe(0);
    expect(aborted).toBe(true);
    await expect(reader.read()).rejects.toThrow();
  });

  it('cuts off what does not finish in time and says how many', async () => {
    let reached = (): void => undefined;
    const inRoute = new Promise<void>((resolve) => (reached = resolve));
    await start(() => {
      reached();
      return new Promise<Response>(() => undefined);
    });
    const answer = fetch(`${origin}/stuck`).catch(() => 'cut off');
    await inRoute;
    expect(await server.close(50)).toBe(1);
    expect(await answer).toBe('cut off');
  });
});
