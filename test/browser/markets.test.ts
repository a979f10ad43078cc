/** Markets in the Console: a rule is previewed for a price list, its plan says so, and a variant shows what each market is shown. */
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { closeBrowser, openAdmin } from './harness.ts';
import type { AdminSession } from './harness.ts';

let session: AdminSession | undefined;
let rule: { id: string };
let variantId: string;

async function api<T>(method: string, path: string, body?: unknown): Promise<T> {
  const { apiUrl, token } = inject('app');
  const answer = await fetch(`${apiUrl}${path}`, {
    method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

beforeAll(async () => {
  const { simulatorUrl, shop } = inject('app');
  const made = await fetch(`${simulatorUrl}/_sim/shops/${shop}/price-lists`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'Germany', currencyCode: 'EUR', country: 'DE', exchangeRate: '0.9' }),
  });
  if (!made.ok) throw new Error(await made.text());
  await api('POST', '/price-lists/sync');
  for (let tries = 0; ; tries++) {
    const { data } = await api<{ data: { name: string; pricesReadAt: string | null }[] }>('GET', '/price-lists');
    if (data.some(({ name, pricesReadAt }) => name === 'Germany' && pricesReadAt !== null)) break;
    if (tries > 100) throw new Error('The price list was not read');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  rule = await api('POST', '/rules', { name: 'Market ten off', selector: { all: [] }, transform: { base: 'price', steps: [{ type: 'percent', value: '-10' }] } });
  variantId = (await api<{ data: { id: string }[] }>('GET', '/variants?limit=1')).data[0]!.id;
}, 60_000);

afterEach(async () => {
  await session?.close();
  session = undefined;
});
afterAll(closeBrowser);

describe('markets', () => {
  it('a rule is previewed for a market, and the plan says for which and in what currency', async () => {
    session = await openAdmin({ adminUrl: inject('adminUrl'), path: `/app/rules/${rule.id}` });
    const { app } = session;
    await app.getByLabel('Where to change prices').selectOption({ label: 'Germany (EUR)' });
    await app.getByText('fixes prices there, in EUR').waitFor();
    await app.getByRole('button', { name: 'Preview change', exact: true }).click();
    await app.getByRole('button', { name: 'Approve this plan', exact: true }).first().waitFor({ timeout: 30_000 });
    await app.getByText('Germany, EUR', { exact: true }).waitFor();
    await app.getByText('For the market of the price list Germany, in EUR').waitFor();
    await app.getByText(/€\d/).first().waitFor();
    expect(await app.getByRole('button', { name: 'Download previous prices' }).count()).toBe(0);
    expect(await session.accessibilityViolations()).toEqual([]);
    session.expectClean();
  });

  it('a variant shows what each market is shown', async () => {
    session = await openAdmin({ adminUrl: inject('adminUrl'), path: `/app/pricing/${variantId}` });
    await session.app.getByRole('heading', { name: 'In your markets' }).waitFor();
    await session.app.getByText('Follows the store price').first().waitFor();
    expect(await session.accessibilityViolations()).toEqual([]);
    session.expectClean();
  });
});
