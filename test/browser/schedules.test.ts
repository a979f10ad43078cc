/**
 * Schedules as a merchant sets them: a rule that comes again with its next runs, how it runs by itself, a campaign's times on its page,
 * a plan that no longer fits and the rows that are planned anew. The tests go on from one another.
 */
import type { FrameLocator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { makeConsoleShop, type ConsoleShop } from './console-shop.ts';
import { closeBrowser, openAdmin, PHONE, type AdminSession, type OpenAdminOptions } from './harness.ts';

let shop: ConsoleShop;
let session: AdminSession | undefined;
let rulePath = '';
let changePath = '';

async function open(path: string, options: Partial<OpenAdminOptions> = {}): Promise<AdminSession> {
  session = await openAdmin({ adminUrl: shop.adminUrl, path, ...options });
  session.page.setDefaultTimeout(20_000);
  return session;
}

beforeAll(async () => {
  shop = await makeConsoleShop(inject('adminUrl'), `schedules-${process.pid}-${Date.now().toString(36)}`);
});
afterEach(async (context) => {
  if (context.task.result?.state === 'fail') await session?.screenshot(`failed-${context.task.name.slice(0, 30).replaceAll(/\W+/g, '-')}`).catch(() => undefined);
  await session?.close();
  session = undefined;
});
afterAll(closeBrowser);

const button = (app: FrameLocator, name: string | RegExp) => app.getByRole('button', { name, exact: typeof name === 'string' });
const pathOf = (found: AdminSession): string => new URL(found.appFrame().url()).pathname;

describe('schedules on the screens', () => {
  it('are written in the rule editor, with the zone named and the next runs shown', async () => {
    const first = await open('/app/pricing');
    await button(first.app, 'Bring in my catalog').click();
    await first.app.getByRole('table').waitFor({ timeout: 30_000 });
    await first.close();
    const { app, expectClean, accessibilityViolations, page } = await open('/app/rules/new');
    await app.getByLabel('Name', { exact: false }).first().fill('Weekend sale');
    await app.getByLabel('When it runs').selectOption('window');
    await app.getByLabel('Starts', { exact: true }).fill('2027-03-26T18:00');
    await app.getByLabel('Ends', { exact: true }).fill('2027-03-28T18:00');
    await app.getByLabel('Time zone of these times').fill('Europe/Berlin');
    await app.getByLabel('Comes again').selectOption('daily');
    await app.getByText('A window ends before the next begins', { exact: false }).first().waitFor();
    await app.getByLabel('Comes again').selectOption('weekly');
    await app.getByRole('checkbox', { name: 'Friday' }).check();
    await app.getByText('Next runs').waitFor();
    await app.getByText('26 Mar 2027, 18:00 – 28 Mar 2027, 18:00 in Europe/Berlin').waitFor();
    expect(await accessibilityViolations()).toEqual([]);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await app.getByText('Running this rule').waitFor();
    rulePath = pathOf(session!);
    expectClean();
  });

  it('make a saved rule run by itself, and it is run at once', async () => {
    const { app, expectClean, accessibilityViolations } = await open(rulePath);
    await app.getByLabel('It runs', { exact: true }).selectOption('schedule');
    await button(app, 'Save how it runs').click();
    await app.getByText('Next looked at', { exact: false }).waitFor();
    await app.getByText('Version 2', { exact: false }).first().waitFor();
    expect(await accessibilityViolations()).toEqual([]);
    await button(app, 'Run now').click();
    await app.getByText('To approve', { exact: true }).first().waitFor();
    changePath = pathOf(session!);
    await app.getByText('From 26 Mar 2027, 18:00 to 28 Mar 2027, 18:00 (Europe/Berlin).').waitFor();
    expectClean();
  });

  it('show that a plan no longer fits, and plan only what moved', async () => {
    await shop.edit('MUG-07', '31.00');
    const { app, expectClean, accessibilityViolations } = await open(changePath);
    await expect.poll(async () => {
      if (await app.getByText('This plan no longer fits').count()) return true;
      await session!.reload();
      return false;
    }, { timeout: 30_000, interval: 2_000 }).toBe(true);
    expect(await accessibilityViolations()).toEqual([]);
    await button(app, 'Preview again').first().click();
    await app.getByText('This plan no longer fits').waitFor({ state: 'detached' });
    await button(app, 'Approve this plan').click();
    await app.getByRole('dialog').getByRole('button', { name: 'Approve this plan', exact: true }).click();
    await button(app, 'Change schedule').waitFor();
    await shop.edit('MUG-08', '32.00');
    // The catalog hears of the edit by webhook; until then there is nothing to plan anew.
    await expect.poll(async () => {
      const action = app.getByRole('button', { name: 'Re-plan stale rows', exact: true }).locator('visible=true');
      if (!(await action.count())) await button(app, 'More actions').locator('visible=true').first().click();
      await action.first().click();
      await app.getByText(/Stale rows of|there is nothing to plan anew/).first().waitFor();
      return app.getByText('Stale rows of', { exact: false }).count();
    }, { timeout: 40_000, interval: 3_000 }).toBeGreaterThan(0);
    await app.getByText('Remaining rows', { exact: true }).first().waitFor();
    expectClean();
  });

  it('are changed while a change waits, and fit a phone', async () => {
    const { app, page, expectClean, accessibilityViolations } = await open(changePath, { viewport: PHONE });
    await button(app, 'Change schedule').click();
    await app.getByRole('dialog').getByLabel('Ends', { exact: true }).fill('2027-03-25T18:00');
    await button(app, 'Save schedule').click();
    await app.getByText('The end comes after the start.').waitFor();
    await app.getByRole('dialog').getByLabel('Ends', { exact: true }).fill('2027-03-27T18:00');
    expect(await accessibilityViolations()).toEqual([]);
    await button(app, 'Save schedule').click();
    await app.getByText('From 26 Mar 2027, 18:00 to 27 Mar 2027, 18:00 (Europe/Berlin).').waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
    expectClean();
  });
});
