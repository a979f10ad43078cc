/** The simulator as a process, and what it keeps between runs. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startShopifySimulator } from '../../dev/simulators/shopify/server.ts';
import { CREDENTIALS, DEMO, SCOPES, SimulatorClient, eventually } from './shopify-simulator-client.ts';

const MAIN = fileURLToPath(new URL('../../dev/simulators/shopify/main.ts', import.meta.url));
const FLAGS = ['--app-url', 'http://127.0.0.1:9', '--api-key', CREDENTIALS.apiKey, '--api-secret', CREDENTIALS.apiSecret];

let folder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'shopify-simulator-'));
});

afterEach(() => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function run(args: string[]): { child: ChildProcess; out: () => string; err: () => string; ended: Promise<number | null> } {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { NODE_ENV: 'test', PATH: process.env['PATH'] } });
  children.push(child);
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return { child, out: () => out, err: () => err, ended: new Promise((resolve) => child.once('exit', resolve)) };
}

describe('the process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('says in one line of JSON where it listens, and ends cleanly on %s', async (signal) => {
    const { child, out, err, ended } = run(['--port', '0', ...FLAGS]);
    await eventually(() => out().includes('\n'), 20_000);
    const line = JSON.parse(out());
    expect(line).toMatchObject({ listening: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), pid: child.pid, shops: [{ shop: DEMO, variants: 282 }, { shop: 'kissa-hoshi.myshopify.com', variants: 57 }] });
    expect((await fetch(`${line.listening}/_sim/stats`)).status).toBe(200);
    child.kill(signal);
    expect(await ended).toBe(0);
    expect(err()).toBe('');
    expect(out().trim().split('\n')).toHaveLength(1);
  }, 30_000);

  it('says in one line what is wrong with its settings, or that its port is taken', async () => {
    const missing = run(['--port', '0']);
    expect(await missing.ended).toBe(1);
    expect(missing.err()).toBe('Shopify simulator: --app-url (or SHOPIFY_APP_URL) is missing\n');
    const first = await startShopifySimulator({ appUrl: 'http://127.0.0.1:9', ...CREDENTIALS, scopes: SCOPES });
    const second = run(['--port', String(first.port), ...FLAGS]);
    expect(await second.ended).toBe(1);
    expect(second.err()).toBe('Shopify simulator: the port is in use; choose another with --port\n');
    await first.close();
  }, 30_000);
});

describe('a state file', () => {
  it('keeps prices, tokens, subscriptions, writes and deletions from one run to the next', async () => {
    const stateFile = path.join(folder, 'shops.json');
    const start = async () => new SimulatorClient(await startShopifySimulator({ appUrl: 'http://127.0.0.1:9', ...CREDENTIALS, scopes: SCOPES, retryScheduleMs: [], stateFile }));
    const before = await start();
    const csv = [{ name: 'mine.csv', text: 'Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price\ncup,Cup,Size,S,CUP-S,10\ncup,,,L,CUP-L,12\n' }];
    await before.order('POST', 'shops', { shop: 'mine.myshopify.com', currencyCode: 'EUR', plan: 'plus', csv });
    await before.login();
    const [first, second] = (await before.order('GET', `shops/${DEMO}/variants?limit=2`)).data;
    await before.order('POST', `shops/${DEMO}/variants/${first.id}`, { price: '300.00', cost: null });
    await before.order('DELETE', `shops/${DEMO}/variants/${second.id}`);
    await before.data('mutation { webhookSubscriptionCreate(topic: PRODUCTS_UPDATE, webhookSubscription: { uri: "http://127.0.0.1:9/x" }) { webhookSubscription { id } } }');
    await before.order('POST', 'shops/mine.myshopify.com/products', { title: 'Pot', variants: [{ sku: 'POT', price: '30.00' }] });
    await before.order('POST', 'shops/mine.myshopify.com/settings', { currencyCode: 'JPY', name: 'Kin' });
    await before.order('POST', 'shops/mine.myshopify.com/scopes', { scopes: ['read_products'] });
    await before.sim.close();

    const after = await start();
    after.token = before.token;
    expect((await after.order('GET', `shops/${DEMO}/variants?limit=1`)).data[0]).toEqual({ ...first, price: '300.00', cost: null });
    const data = await after.data(`{ node(id: "gid://shopify/ProductVariant/${second.id}") { id } webhookSubscriptions(first: 5) { nodes { uri } } }`);
    expect(data).toEqual({ node: null, webhookSubscriptions: { nodes: [{ uri: 'http://127.0.0.1:9/x' }] } });
    expect((await after.order('GET', `shops/${DEMO}/writes`)).data).toMatchObject([{ seq: 1, actor: 'merchant', after: { price: '300.00' } }]);
    expect((await after.order('GET', 'shops/mine.myshopify.com/variants')).data.map(({ sku, price }: { sku: string; price: string }) => [sku, price])).toEqual([['CUP-S', '10'], ['CUP-L', '12'], ['POT', '30']]);
    expect((await after.order('GET', 'shops')).data[2]).toMatchObject({ shop: 'mine.myshopify.com', name: 'Kin', currencyCode: 'JPY', scopes: ['read_products'], products: 2 });
    await after.order('POST', 'reset');
    expect((await after.order('GET', `shops/${DEMO}/variants?limit=2`)).data).toEqual([first, second]);
    await after.sim.close();
  });

  it('is written while running, so that a killed process loses at most a moment', async () => {
    const stateFile = path.join(folder, 'shops.json');
    const { child, out, ended } = run(['--port', '0', '--state', stateFile, ...FLAGS]);
    await eventually(() => out().includes('\n'), 20_000);
    const { listening } = JSON.parse(out());
    const [first] = (await (await fetch(`${listening}/_sim/shops/${DEMO}/variants?limit=1`)).json()).data;
    await fetch(`${listening}/_sim/shops/${DEMO}/variants/${first.id}`, { method: 'POST', body: '{"price":"1.00"}' });
    await eventually(() => {
      try {
        return readFileSync(stateFile, 'utf8').includes('"price":100');
      } catch {
        return false;
      }
    });
    child.kill('SIGKILL');
    await ended;
  }, 30_000);

  it('that cannot be read is named', async () => {
    const stateFile = path.join(folder, 'shops.json');
    writeFileSync(stateFile, '{"format":99,"shops":[]}');
    const { err, ended } = run(['--port', '0', '--state', stateFile, ...FLAGS]);
    expect(await ended).toBe(1);
    expect(err()).toBe(`Shopify simulator: ${stateFile} was written by another version; delete it to start afresh\n`);
  }, 30_000);
});
