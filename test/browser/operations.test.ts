/** Dead letters, projections and the state of the bus, as an administrator of a shop works with them. The tests go on from one another. */
import type { FrameLocator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { inTenant } from '../system/database.ts';
import { makeConsoleShop, type ConsoleShop } from './console-shop.ts';
import { closeBrowser, openAdmin, PHONE, type AdminSession, type OpenAdminOptions } from './harness.ts';

let shop: ConsoleShop;
let session: AdminSession | undefined;
const name = `bus-${process.pid}-${Date.now().toString(36)}`;
const domain = `${name}.myshopify.com`;

async function open(path: string, options: Partial<OpenAdminOptions> = {}): Promise<AdminSession> {
  session = await openAdmin({ adminUrl: shop.adminUrl, path, ...options });
  session.page.setDefaultTimeout(15_000);
  return session;
}
/** Messages of the shop that are over are made dead ones, as if nobody had heard them. */
const kill = (topic: string): Promise<unknown> => inTenant(domain, [`UPDATE outbox SET state = 'dead', attempts = 12, error = 'The queue could not be reached' WHERE topic = '${topic}' AND state IN ('done', 'discarded') RETURNING id`]);

beforeAll(async () => {
  shop = await makeConsoleShop(inject('adminUrl'), name);
});
afterEach(async (context) => {
  if (context.task.result?.state === 'fail') await session?.screenshot(`failed-${context.task.name.slice(0, 30).replaceAll(/\W+/g, '-')}`).catch(() => undefined);
  await session?.close();
  session = undefined;
});
afterAll(closeBrowser);

const button = (app: FrameLocator, label: string) => app.getByRole('button', { name: label, exact: true });
const inDialog = (app: FrameLocator, label: string) => app.getByRole('dialog').getByRole('button', { name: label, exact: true });
const heading = (app: FrameLocator, text: string | RegExp) => app.getByRole('heading', { name: text });

describe('Operations', () => {
  it('says that nothing got stuck, shows the bus and the logs, and passes axe', async () => {
    const { app, navigate, expectClean, accessibilityViolations, screenshot } = await open('/app/pricing');
    await button(app, 'Bring in my catalog').click();
    await app.getByRole('table').waitFor({ timeout: 30_000 });
    await navigate('Operations');
    await heading(app, 'Operations').waitFor();
    await app.getByText('Nothing got stuck').waitFor();
    for (const text of ['Messages waiting', 'Longest wait', 'Being retried', 'Jobs of the service', 'Event log', 'for ever', 'Room until']) await app.getByText(text, { exact: true }).first().waitFor();
    expect(await accessibilityViolations()).toEqual([]);
    await screenshot('operations-empty');
    expectClean();
  });

  it('lists a dead letter with its reason and event, and tells it again after asking', async () => {
    await kill('catalog.synced');
    const { app, expectClean, accessibilityViolations, screenshot } = await open('/app/operations');
    await app.getByText('The queue could not be reached').waitFor();
    await app.getByRole('button', { name: /^Show the event of catalog\.synced/ }).click();
    await app.getByRole('dialog').getByText('"variants": 66', { exact: false }).waitFor();
    expect(await accessibilityViolations()).toEqual([]);
    await screenshot('operations-event');
    await inDialog(app, 'Close').click();
    await app.getByRole('dialog').waitFor({ state: 'detached' });
    await app.getByRole('checkbox', { name: /^Choose catalog\.synced/ }).check({ force: true });
    await button(app, 'Tell again').click();
    await heading(app, 'Tell 1 message again?').waitFor();
    await inDialog(app, 'Tell again').click();
    await app.getByText('Nothing got stuck').waitFor();
    const told = async (): Promise<string> => String((await inTenant(domain, [`SELECT state FROM outbox WHERE topic = 'catalog.synced'`]))[0]?.['state']);
    for (let i = 0; i < 100 && (await told()) !== 'done'; i += 1) await new Promise((go) => setTimeout(go, 50));
    expect(await told()).toBe('done');
    expectClean();
  });

  it('discards many only with a reason, which the audit keeps; a filter finds nothing and is cleared', async () => {
    await kill('catalog.synced');
    await kill('outbox.retried');
    const { app, navigate, expectClean, accessibilityViolations, screenshot } = await open('/app/operations');
    await app.getByLabel('Of', { exact: true }).fill('rule:nothing');
    await app.getByText('No dead letter fits.').waitFor();
    await button(app, 'Clear filters').click();
    await app.getByRole('checkbox', { name: 'Choose all on this page' }).check({ force: true });
    await button(app, 'Discard').click();
    await heading(app, 'Discard 2 messages?').waitFor();
    await inDialog(app, 'Discard').click();
    await app.getByText('Say why: the audit keeps it.').waitFor();
    expect(await accessibilityViolations()).toEqual([]);
    await screenshot('operations-discard');
    await app.getByRole('dialog').getByLabel(/^Why/).fill('Made for a test');
    await inDialog(app, 'Discard').click();
    await app.getByText('Nothing got stuck').waitFor();
    await navigate('Audit');
    await app.getByText('Discarded', { exact: true }).first().waitFor();
    await app.getByRole('button', { name: /^Explain entry/ }).first().click();
    await app.getByText('Made for a test').first().waitFor();
    expectClean();
  });

  it('finds a damaged projection and mends it', async () => {
    const { app, expectClean, accessibilityViolations, screenshot } = await open('/app/operations');
    await button(app, 'Verify: Progress of price changes').click();
    await app.getByText('No difference', { exact: true }).waitFor();
    await app.getByText('The chains of both logs hold.').first().waitFor();
    await inTenant(domain, [`INSERT INTO change_projection (tenant_id, change_id, state, applied, last_seq) VALUES (app.tenant_id(), '0190a5e2-0000-7000-8000-000000000001', 'applied', 3, 1)`]);
    await button(app, 'Verify: Progress of price changes').click();
    await app.getByText(/the log says nothing, stored was 3/).waitFor();
    expect(await accessibilityViolations()).toEqual([]);
    await screenshot('operations-projections');
    await button(app, 'Rebuild: Progress of price changes').click();
    await app.getByText(/; 1 entry rebuilt$/).waitFor();
    await button(app, 'Verify: Progress of price changes').click();
    await app.getByText('No difference', { exact: true }).waitFor();
    expectClean();
  });

  it('fits a phone', async () => {
    await kill('catalog.synced');
    const { app, appFrame, screenshot, accessibilityViolations, expectClean } = await open('/app/operations', { viewport: PHONE });
    await app.getByText('The queue could not be reached').waitFor();
    const overflow = await appFrame().evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await screenshot('phone-operations');
    expect(overflow).toBeLessThanOrEqual(0);
    expect(await accessibilityViolations()).toEqual([]);
    expectClean();
  });

  it('is for administrators: an editor has no entry for it, and is refused by its address', async () => {
    const { app, page } = await open('/app/operations', { user: '43', expected: [/status of 403/] });
    expect(await page.locator('#nav a').allTextContents()).not.toContain('Operations');
    await app.getByText('You do not have access to this page').waitFor();
  });
});
