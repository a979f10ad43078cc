/** Guardrails and approvals as a merchant sets and meets them. The tests go on from one another. */
import type { FrameLocator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { makeConsoleShop, type ConsoleShop } from './console-shop.ts';
import { closeBrowser, openAdmin, PHONE, type AdminSession, type OpenAdminOptions } from './harness.ts';

let shop: ConsoleShop;
let session: AdminSession | undefined;

async function open(path: string, options: Partial<OpenAdminOptions> = {}): Promise<AdminSession> {
  session = await openAdmin({ adminUrl: shop.adminUrl, path, ...options });
  session.page.setDefaultTimeout(15_000);
  return session;
}

beforeAll(async () => {
  shop = await makeConsoleShop(inject('adminUrl'), `policies-${process.pid}-${Date.now().toString(36)}`);
});
afterEach(async (context) => {
  if (context.task.result?.state === 'fail') await session?.screenshot(`failed-${context.task.name.slice(0, 30).replaceAll(/\W+/g, '-')}`).catch(() => undefined);
  await session?.close();
  session = undefined;
});
afterAll(closeBrowser);

const button = (app: FrameLocator, name: string) => app.getByRole('button', { name, exact: true });
const inDialog = (app: FrameLocator, name: string) => app.getByRole('dialog').getByRole('button', { name, exact: true });
const badge = (app: FrameLocator, text: string) => app.locator('.Polaris-Badge').getByText(text, { exact: true }).first();
const tick = (app: FrameLocator, name: string) => app.getByRole('checkbox', { name }).check({ force: true });

async function preview({ app, page, visit }: AdminSession, name: string, percent: string): Promise<void> {
  await visit('/app/rules/new');
  await app.getByLabel('Name').fill(name);
  await button(app, 'JSON').click();
  await app.getByRole('textbox', { name: 'Rule as JSON' }).fill(JSON.stringify({ name, selector: { field: 'product.productType', op: 'eq', value: 'Mugs' }, transform: { steps: [{ type: 'percent', value: percent }] } }));
  await button(app, 'Save and preview change').click();
  await page.waitForURL(/\/app\/changes\//);
  await app.getByRole('table').waitFor({ timeout: 30_000 });
}

describe('without policies', () => {
  it('a tenfold slip is pointed out, and approving it asks whether it is meant', async () => {
    const started = await open('/app/pricing');
    const { app, expectClean, accessibilityViolations, screenshot } = started;
    await button(app, 'Bring in my catalog').click();
    await app.getByRole('table').waitFor({ timeout: 30_000 });
    await preview(started, 'A slip', '-90');
    await app.getByText('Look twice', { exact: true }).waitFor();
    await app.getByText(/60 prices fall to a fifth or less/).first().waitFor();
    await button(app, 'Approve this plan').click();
    await inDialog(app, 'Approve this plan').click();
    await app.getByText('Look at the prices first, then say so here.').waitFor();
    expect(await accessibilityViolations()).toEqual([]);
    await screenshot('policies-slip');
    await inDialog(app, 'Go back').click();
    expectClean();
  });
});

describe('policies', () => {
  it('are set in the settings, checked where they are typed, and saved by the save bar', async () => {
    const { app, page, expectClean, accessibilityViolations, screenshot } = await open('/app/settings');
    await button(app, 'Use suggestions').click();
    await app.getByLabel('Decrease in percent').fill('130');
    await app.getByText('A percentage here is from 0 to 100.').waitFor();
    await app.getByLabel('Decrease in percent').fill('50');
    await app.getByLabel('Frozen products').fill('tag:');
    await app.getByText(/\(character \d+\)/).waitFor();
    await app.getByLabel('Frozen products').fill('sku:MUG-01');
    await tick(app, 'Quiet hours');
    await app.getByLabel('From').fill('03:00');
    await app.getByLabel('To', { exact: true }).fill('03:01');
    await app.getByLabel('How many people approve a change').selectOption('2');
    await app.getByRole('group', { name: 'Largest share of the catalog in one change' }).getByLabel('Beyond it').selectOption('warn');
    expect(await accessibilityViolations()).toEqual([]);
    await screenshot('policies-form');
    await page.locator('#save').getByRole('button', { name: 'Save' }).click();
    await app.getByText(/^Policies version 1, saved by Staff member 42/).waitFor();
    expectClean();
  });

  it('are read-only for who is no administrator, and fit a phone', async () => {
    const { app, appFrame, expectClean, screenshot } = await open('/app/settings', { viewport: PHONE, user: '43' });
    await app.getByText(/Administrators change them\./).waitFor();
    expect(await app.getByLabel('Frozen products').isDisabled()).toBe(true);
    expect(await button(app, 'Use suggestions').count()).toBe(0);
    const overflow = await appFrame().evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await screenshot('phone-policies');
    expect(overflow).toBeLessThanOrEqual(0);
    expectClean();
  });

  it('bind the next plan, which shows what they found, who approved and who is still needed', async () => {
    const started = await open('/app/pricing');
    const { app, expectClean, accessibilityViolations, screenshot } = started;
    await preview(started, 'Too far', '-60');
    await app.getByText('Price would fall further at once than your guardrails allow').first().waitFor();
    await preview(started, 'Fine', '-10');
    await app.getByText('Frozen by your guardrails').first().waitFor();
    await app.getByText(/Two different people must approve it/).waitFor();
    await button(app, 'Approve this plan').click();
    await app.getByText('One more person must approve it after you. Nothing is written yet.').waitFor();
    await inDialog(app, 'Approve this plan').click();
    await badge(app, '1 of 2 approvals').waitFor();
    await app.getByText(/Staff member 42 approved\. One more person must approve it/).waitFor();
    await app.getByLabel('Comment', { exact: true }).fill('Numbers checked');
    await button(app, 'Add comment').click();
    await app.getByRole('listitem').filter({ hasText: 'Numbers checked' }).waitFor();
    expect(await app.getByLabel('Comment', { exact: true }).inputValue()).toBe('');
    expect(await accessibilityViolations()).toEqual([]);
    await screenshot('policies-approval');
    expectClean();
  });
});
