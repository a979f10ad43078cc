/** The effect before the fact, on the page of a change: unknown while nobody bought anything, then in money; every large move explains itself. */
import { afterAll, afterEach, describe, expect, inject, it } from 'vitest';
import { closeBrowser, openAdmin, PHONE } from './harness.ts';
import type { AdminSession } from './harness.ts';

let session: AdminSession | undefined;
afterEach(async () => {
  await session?.close();
  session = undefined;
});
afterAll(closeBrowser);

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

async function api(method: string, path: string, body?: unknown): Promise<Json> {
  const { apiUrl, token } = inject('app');
  const answer = await fetch(`${apiUrl}${path}`, {
    method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return answer.json();
}

/** A planned change of everything: rises of 8 %, rounded to endings so that they differ. */
async function planned(name: string): Promise<Json> {
  const rule = { name, selector: { all: [] }, transform: { base: 'price', steps: [{ type: 'percent', value: '8' }], rounding: { type: 'ending', ending: '0.99', every: '1.00' } } };
  const { id } = await api('POST', '/price-changes', { name, rule });
  await api('POST', `/price-changes/${id}/preview`, {});
  return expect.poll(async () => {
    const change = await api('GET', `/price-changes/${id}`);
    return change.state === 'previewed' ? change : null;
  }, { timeout: 30_000 }).not.toBeNull().then(() => api('GET', `/price-changes/${id}`));
}

const open = async (id: string, more: Partial<Parameters<typeof openAdmin>[0]> = {}): Promise<AdminSession> => {
  session = await openAdmin({ adminUrl: inject('adminUrl'), path: `/app/changes/${id}`, ...more });
  session.page.setDefaultTimeout(15_000);
  return session;
};

async function order(lines: readonly { sku: string; quantity: number }[]): Promise<void> {
  const { origin } = new URL(inject('adminUrl'));
  const shop = `${origin}/_sim/shops/demo.myshopify.com`;
  const { data } = (await (await fetch(`${shop}/variants?limit=500`)).json()) as { data: { id: string; sku: string }[] };
  const answer = await fetch(`${shop}/orders`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ lines: lines.map(({ sku, quantity }) => ({ variantId: data.find((one) => one.sku === sku)!.id, quantity })) }),
  });
  expect(await answer.json()).toMatchObject({ orders: 1, told: true });
}

describe('the effect of a plan', () => {
  it('is said to be unknown without sales, with counts, the distribution and the biggest changes', async () => {
    const change = await planned('Effect without sales');
    const { app, expectClean, accessibilityViolations } = await open(change.id);
    await app.getByRole('heading', { name: 'How far prices move' }).waitFor();
    if (change.summary.sales === null) await app.getByText('No sales are known yet').waitFor();
    await app.getByRole('img', { name: /^How much [\d,]+ prices change: most/ }).waitFor();
    await app.getByRole('button', { name: 'Numbers as a table' }).click();
    const table = app.getByRole('table').filter({ hasText: 'Share' });
    const rows = await table.getByRole('row').allInnerTexts();
    const counted = rows.slice(1).map((row) => Number(row.split('\t')[1]!.replaceAll(',', ''))).reduce((a, b) => a + b, 0);
    expect(counted).toBe(change.summary.planned);
    expect(await accessibilityViolations()).toEqual([]);
    expectClean();
  });

  it('is revenue and profit where sales and costs are known, and each of the biggest changes explains itself', async () => {
    const { data } = await api('GET', '/variants?limit=3');
    await order(data.map(({ sku }: Json) => ({ sku, quantity: 4 })));
    let change: Json;
    await expect.poll(async () => {
      change = await planned('Effect with sales');
      return change.summary.units;
    }, { timeout: 60_000, interval: 1_000 }).toBeGreaterThanOrEqual(12);
    const { app, screenshot, expectClean, accessibilityViolations } = await open(change.id, { viewport: { width: 1280, height: 1600 } });
    await app.getByRole('heading', { name: 'If everything sells as in the last 30 days' }).waitFor();
    await app.getByText(/Sales are known for [\d,]+ of [\d,]+ rows to change/).waitFor();
    await app.getByText('Units are as ordered, in all markets; refunds and later cancellations are not taken off.').waitFor();
    await screenshot('effect');
    expect(await accessibilityViolations()).toEqual([]);
    const [largest] = change.summary.biggestIncreases;
    await app.getByRole('button', { name: `Why ${largest.title}` }).first().click();
    await app.getByText(`SKU ${largest.sku}`).waitFor();
    expectClean();
  });

  it('fits a phone', async () => {
    const change = await planned('Effect on a phone');
    const { app, appFrame, screenshot, expectClean } = await open(change.id, { viewport: { ...PHONE, height: 2_000 } });
    await app.getByRole('heading', { name: 'How far prices move' }).waitFor();
    await screenshot('effect-phone');
    expect(await appFrame().evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    expectClean();
  });
});
