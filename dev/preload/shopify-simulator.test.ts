import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const PRELOAD = fileURLToPath(new URL('./shopify-simulator.mjs', import.meta.url));

const simulator = createServer((req, res) => {
  res.end(JSON.stringify({ url: req.url, shop: req.headers['x-sim-host'], token: req.headers['x-shopify-access-token'] }));
});
let origin: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => simulator.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(simulator.address() as AddressInfo).port}`;
});
afterAll(() => simulator.close());

/** Runs a program with the preload and answers with what it prints as JSON. */
async function run(program: string, simOrigin = origin): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', PRELOAD, '--input-type=module', '--eval', program], {
    env: { ...process.env, SHOPIFY_SIM_ORIGIN: simOrigin },
  });
  return JSON.parse(stdout);
}

describe('the preload', () => {
  it("sends Node's own fetch for a shop to the simulator, naming the shop and keeping the caller's headers", async () => {
    expect(
      await run(`
        const answer = await fetch('https://demo.myshopify.com/admin/api/2026-07/graphql.json', { method: 'POST', body: '{}', headers: { 'X-Shopify-Access-Token': 'shpat_1' } });
        console.log(await answer.text());
      `),
    ).toEqual({ url: '/admin/api/2026-07/graphql.json', shop: 'demo.myshopify.com', token: 'shpat_1' });
  });

  it('leaves other requests alone', async () => {
    expect(await run(`console.log(await (await fetch('${origin}/direct')).text());`)).toEqual({ url: '/direct' });
  });

  it('lets the simulator frame the pages of the process, beside whoever else may', async () => {
    expect(
      await run(`
        import { createServer } from 'node:http';
        const server = createServer((req, res) => res.setHeader('Content-Security-Policy', 'frame-ancestors https://demo.myshopify.com https://admin.shopify.com;').end());
        await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
        const { headers } = await fetch('http://127.0.0.1:' + server.address().port);
        console.log(JSON.stringify(headers.get('content-security-policy')));
        server.closeAllConnections();
        server.close();
      `),
    ).toBe(`frame-ancestors ${origin} https://demo.myshopify.com https://admin.shopify.com;`);
  });

  it.each(['', 'not an address', 'https://shopify.example'])('refuses a simulator that is not on this machine: "%s"', async (simOrigin) => {
    await expect(run('console.log(1)', simOrigin)).rejects.toThrow(/SHOPIFY_SIM_ORIGIN must be/);
  });
});
