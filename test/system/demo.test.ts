import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { deleteEmbeddedPostgres } from '../../dev/postgres/embedded.ts';
import { send, until } from './client.ts';
import type { Json } from './client.ts';
import { commandOf } from './secrets.ts';
import { productCsv } from './shops.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'calibrate-demo-'));
// PostgreSQL may run as another account when the tests run as root.
chmodSync(folder, 0o755);
const products = join(folder, 'products.csv');
writeFileSync(products, productCsv([
  { handle: 'lamp', sku: 'LAMP', price: '80.00', compareAt: '99.00', cost: '30.00' },
  { handle: 'shade', sku: 'SHADE', price: '15.00' },
]));

interface Run {
  readonly process: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }>;
  /** The one line of JSON. */
  readonly facts: Promise<Json>;
}

function demo(...flags: string[]): Run {
  const child = spawn(process.execPath, ['dev/demo/main.ts', ...flags], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (stderr += text));
  const ended = new Promise<Awaited<Run['ended']>>((resolve) => void child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr })));
  const facts = new Promise<Json>((resolve, reject) => {
    child.stdout.on('data', () => stdout.includes('\n') && resolve(JSON.parse(stdout)));
    void ended.then(() => reject(new Error(`The demo ended: ${stderr}`)));
  });
  facts.catch(() => undefined);
  return { process: child, ended, facts };
}

/** A port that is free together with the next one. */
async function freePort(): Promise<number> {
  for (;;) {
    const probe = createServer();
    const port = await new Promise<number>((resolve) => probe.listen(0, '127.0.0.1', () => resolve((probe.address() as { port: number }).port)));
    await new Promise((resolve) => probe.close(resolve));
    if (port < 65_000) return port;
  }
}

/** Every process below this one, with its command. */
function descendants(pid: number): Map<number, string> {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      parents.set(Number(name), Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1]));
    } catch {
      // It ended between two looks.
    }
  }
  const below = new Map<number, string>();
  const add = (of: number): void => {
    for (const [child, parent] of parents) {
      if (parent !== of) continue;
      below.set(child, commandOf(child));
      add(child);
    }
  };
  add(pid);
  return below;
}

const alive = (seen: Map<number, string>): string[] => [...seen].filter(([pid, command]) => command !== '' && commandOf(pid) === command).map(([pid, command]) => `${pid} ${command}`);
/** The guard that ends PostgreSQL with us learns of our end a moment after it. */
const gone = (seen: Map<number, string>, limitMs: number) => until('everything it started has ended', async () => alive(seen), (left) => left.length === 0, limitMs, 100);
const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '' && line !== 'calibrate: building the app');

describe('the demo', () => {
  const dataDir = join(folder, 'data');
  afterAll(() => {
    deleteEmbeddedPostgres(join(dataDir, 'postgres'));
    rmSync(folder, { recursive: true, force: true });
  });

  const binary = join(folder, 'binary.csv');
  writeFileSync(binary, new Uint8Array([0x48, 0xff, 0xfe, 0x00]));
  const fixture = (name: string): string => join(ROOT, 'test/fixtures/products', name);
  const refusals: [string, () => string[], RegExp][] = [
    ['a port that is in use', () => ['--port', new URL(inject('app').appUrl).port, '--data-dir', dataDir], /^Port \d+ is in use; choose another with --port$/],
    ['a port that is none', () => ['--port', 'eighty'], /^--port must be a number from 1 to 65534, not "eighty"$/],
    ['a flag that does not exist', () => ['--colour', 'red'], /--colour.*--help/],
    ['a file that is not there', () => ['--products', join(folder, 'nothing.csv')], /^--products: there is no file .*nothing\.csv$/],
    ['a file that is no text', () => ['--products', binary], /binary\.csv cannot be read as UTF-8/],
    ['a data folder that cannot be', () => ['--data-dir', join(products, 'below-a-file')], /^The data folder .*below-a-file cannot be used \(.+\); choose another with --data-dir$/],
  ];
  it.each(refusals)('refuses %s with exit code 1 and one clear line', async (_what, flags, line) => {
    const given = flags();
    const { code, stdout, stderr } = await demo('--json', ...(given.includes('--port') ? [] : ['--port', String(await freePort())]), ...given).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(lines(stderr)).toHaveLength(1);
    expect(lines(stderr)[0]).toMatch(line);
  });

  it('refuses a broken product file, naming file and line, and leaves nothing running', async () => {
    const run = demo('--json', '--port', String(await freePort()), '--data-dir', dataDir, '--products', fixture('price-in-words.csv'));
    const seen = new Map<number, string>();
    const watch = setInterval(() => descendants(run.process.pid!).forEach((command, pid) => seen.set(pid, command)), 100);
    const { code, stdout, stderr } = await run.ended;
    clearInterval(watch);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(lines(stderr).at(-1)).toMatch(/price-in-words\.csv: line \d+: /);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(seen.size).toBeGreaterThan(0);
    await gone(seen, 3_000);
  });

  it('loads a product file, keeps everything over a stop, and never leaves a process behind', async () => {
    const flags = ['--json', '--data-dir', dataDir, '--products', products];
    const first = demo(...flags, '--port', String(await freePort()));
    const facts = await first.facts;
    expect(Object.keys(facts).sort()).toEqual(['adminUrl', 'apiUrl', 'appUrl', 'databaseUrl', 'pids', 'shop', 'shops', 'simulatorUrl', 'token']);
    expect(facts.apiUrl).toMatch(/\/api\/v1$/);
    expect(facts.shops).toHaveLength(2);
    expect(facts.shops[0]).toEqual({ shop: facts.shop, token: facts.token });
    const authorization = `Bearer ${facts.token}`;
    const { data } = (await send('GET', `${facts.apiUrl}/variants?sort=sku`, { headers: { authorization } })).body;
    expect(data.map((row: Json) => [row.sku, row.price.amount, row.compareAtPrice?.amount ?? null])).toEqual([['LAMP', '80.00', '99.00'], ['SHADE', '15.00', null]]);
    const [lamp] = (await send('GET', `${facts.simulatorUrl}/_sim/shops/${facts.shop}/variants`)).body.data;
    await send('POST', `${facts.simulatorUrl}/_sim/shops/${facts.shop}/variants/${lamp.id}`, { body: { price: '77.70' } });
    const rule = await send('POST', `${facts.apiUrl}/rules`, { headers: { authorization }, body: { name: 'kept', rule: { selector: { all: [] }, transform: {} } } });
    expect(rule.status).toBe(201);

    const before = descendants(first.process.pid!);
    expect([...before.values()].join()).toMatch(/postgres/);
    const stream = fetch(`${facts.apiUrl}/catalog/status`, { headers: { authorization } });
    first.process.kill('SIGTERM');
    await stream.catch(() => undefined);
    const { code, stdout } = await first.ended;
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    await gone(before, 3_000);

    // Another port: addresses change, what is kept does not.
    const second = demo(...flags, '--port', String(await freePort()));
    const again = await second.facts;
    expect([again.token, again.shops]).toEqual([facts.token, facts.shops]);
    expect(again.apiUrl).not.toBe(facts.apiUrl);
    const kept = (await send('GET', `${again.apiUrl}/variants?sort=sku`, { headers: { authorization } })).body.data;
    expect(kept.map((row: Json) => row.price.amount)).toEqual(['77.70', '15.00']);
    expect((await send('GET', `${again.apiUrl}/rules/${rule.body.id}`, { headers: { authorization } })).status).toBe(200);

    const children = descendants(second.process.pid!);
    process.kill(again.pids.app, 'SIGKILL');
    await until('the app was started again', () => send('GET', `${again.appUrl}/readyz`).then(({ status }) => status, () => 0), (status) => status === 200, 30_000);
    descendants(second.process.pid!).forEach((command, pid) => children.set(pid, command));
    // Not even a demo that is killed leaves anything: it could tell nobody.
    second.process.kill('SIGKILL');
    await second.ended;
    await gone(children, 40_000);
  });
});
