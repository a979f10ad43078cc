/** A first part that is looked at before the rest, and the switch that stops everything, as a merchant uses them. The tests go on from one another. */
import type { FrameLocator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { makeConsoleShop, type ConsoleShop } from './console-shop.ts';
import { closeBrowser, openAdmin, PHONE, type AdminSession, type OpenAdminOptions } from './harness.ts';

let shop: ConsoleShop;
let session: AdminSession | undefined;
let changePath = '';

async function open(path: string, options: Partial<OpenAdminOptions> = {}): Promise<AdminSession> {
  session = await openAdmin({ adminUrl: shop.adminUrl, path, ...options });
  session.page.setDefaultTimeout(15_000);
  return session;
}

beforeAll(async () => {
  shop = await makeConsoleShop(inject('adminUrl'), `switch-${process.pid}-${Date.now().toString(36)}`);
});
afterEach(async (context) => {
  if (context.task.result?.state === 'fail') await session?.screenshot(`failed-${context.task.name.slice(0, 30).replaceAll(/\W+/g, '-')}`).catch(() => undefined);
  await session?.close();
  session = undefined;
});
afterAll(closeBrowser);

const LATE = { timeout: 40_000 };
const button = (app: FrameLocator, name: string) => app.getByRole('button', { name, exact: true });
const inDialog = (app: FrameLocator, name: string) => app.getByRole('dialog').getByRole('button', { name, exact: true });
const heading = (app: FrameLocator, name: string | RegExp) => app.getByRole('heading', { name });
const badge = (app: FrameLocator, text: string) => app.locator('.Polaris-Badge').getByText(text, { exact: true }).first();
const STOPPED = 'All writes to your store are stopped';

describe('a first part', () => {
  it('is written, read again and waited for, and the page says what was found', async () => {
    const { app, page, visit, expectClean, accessibilityViolations, screenshot } = await open('/app/pricing');
    await button(app, 'Bring in my catalog').click();
    await app.getByRole('table').waitFor({ timeout: 30_000 });
    await visit('/app/rules/new');
    await app.getByLabel('Name').fill('Mugs down');
    await button(app, 'JSON').click();
    await app
      .getByRole('textbox', { name: 'Rule as JSON' })
      .fill(JSON.stringify({ name: 'Mugs down', selector: { field: 'product.productType', op: 'eq', value: 'Mugs' }, transform: { steps: [{ type: 'percent', value: '-10' }] } }));
    await button(app, 'Save and preview change').click();
    await page.waitForURL(/\/app\/changes\//);
    changePath = new URL(page.url()).pathname.split('/apps/calibrate')[1] ?? '';
    await button(app, 'Approve this plan').click();
    await inDialog(app, 'Approve this plan').click();
    await button(app, 'Apply prices').click();
    await app.getByRole('checkbox', { name: 'Write a first part, then the rest' }).check({ force: true });
    await app.getByLabel('Size of the first part').fill('');
    await app.getByText('A percentage above 0, at most 100.').waitFor();
    await app.getByLabel('Size of the first part').fill('10');
    expect(await accessibilityViolations()).toEqual([]);
    await screenshot('first-part-options');
    await inDialog(app, 'Apply prices').click();
    await badge(app, 'Paused').waitFor(LATE);
    await app.getByText('The first part is written', { exact: true }).waitFor();
    await app.getByText(/First part \(10 %, 6 prices\): 6 read again, all as planned\./).waitFor();
    await app.getByText(/Resuming writes the remaining 54 prices\./).waitFor();
    expect(await accessibilityViolations()).toEqual([]);
    await screenshot('first-part-done');
    expect([...(await shop.truth()).values()].filter(({ price }) => price === '21.60')).toHaveLength(6);
    expectClean();
  });
});

describe('the switch', () => {
  it('stops what is being written, from beside it, and every page says so', async () => {
    await shop.fault({ kind: 'slow_body', operation: 'VariantPricesUpdate', probability: 1, delayMs: 3_000 });
    const { app, expectClean, accessibilityViolations, screenshot, navigate } = await open(changePath);
    await button(app, 'Resume').click();
    await heading(app, 'Writing prices to your store').waitFor();
    await button(app, 'Stop all writes').click();
    await app.getByRole('dialog').getByLabel(/^Why/).fill('Looks too cheap');
    await inDialog(app, 'Stop all writes').click();
    await app.getByText(STOPPED, { exact: true }).waitFor();
    await app.getByText(/Stopped by Staff member 42, .*“Looks too cheap”/).waitFor();
    await heading(app, 'Waiting: all writes are stopped').waitFor();
    await shop.clearFaults();
    expect(await accessibilityViolations()).toEqual([]);
    await screenshot('writes-stopped');
    for (const [label, title] of [['Pricing', 'Pricing'], ['Rules', 'Rules'], ['Audit', 'Audit'], ['Settings', 'Settings']] as const) {
      await navigate(label);
      await heading(app, title).first().waitFor();
      await app.getByText(STOPPED, { exact: true }).waitFor();
    }
    await badge(app, 'Stopped').waitFor();
    expectClean();
  });

  it('fits a phone, and an editor sees who can turn it back', async () => {
    const { app, appFrame, screenshot, expectClean } = await open('/app/settings', { viewport: PHONE, user: '43' });
    await app.getByText(/until an administrator resumes them/).waitFor();
    expect(await button(app, 'Resume writes').count()).toBe(0);
    const overflow = await appFrame().evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await screenshot('phone-writes-stopped');
    expect(overflow).toBeLessThanOrEqual(0);
    expectClean();
  });

  it('lets everything go on when an administrator turns it back', async () => {
    const { app, expectClean } = await open(changePath);
    await badge(app, 'Applying').waitFor();
    await button(app, 'Resume writes').first().click();
    await app.getByText(STOPPED, { exact: true }).waitFor({ state: 'detached' });
    await badge(app, 'Applied').waitFor(LATE);
    expect([...(await shop.truth()).values()].filter(({ price }) => price === '21.60')).toHaveLength(60);
    expectClean();
  });
});
