/** The rule editor's search text and builder say the same, whichever is written; what is odd about a rule stands where it is. */
import { afterAll, afterEach, describe, expect, inject, it } from 'vitest';
import { closeBrowser, openAdmin, PHONE, type AdminSession } from './harness.ts';

let session: AdminSession | undefined;
afterEach(async () => {
  await session?.close();
  session = undefined;
});
afterAll(closeBrowser);

async function openEditor(viewport?: { width: number; height: number }) {
  session = await openAdmin({ adminUrl: inject('adminUrl'), path: '/app/rules/new', ...(viewport ? { viewport } : {}) });
  session.page.setDefaultTimeout(15_000);
  const { app } = session;
  const field = app.getByLabel('As search text');
  await field.waitFor();
  return { session, app, field, conditions: app.getByRole('group', { name: /^Condition on/ }) };
}
const SOON = { timeout: 15_000 };

describe('the search text of a rule', () => {
  it('writes the conditions, follows them, and is put in order when it is left', async () => {
    const { session, app, field, conditions } = await openEditor();
    await field.fill('tag:summer AND price:>10 NOT vendor:Acme');
    await expect.poll(() => conditions.count(), SOON).toBe(3);
    await field.blur();
    expect(await field.inputValue()).toBe('tag:summer price:>10 -vendor:Acme');
    await app.getByRole('button', { name: 'Remove the condition on Price' }).click();
    await expect.poll(() => field.inputValue(), SOON).toBe('tag:summer -vendor:Acme');
    session.expectClean();
  });

  it('that cannot be read is told with its place, saves nothing, and gives way to the conditions', async () => {
    const { session, app, field, conditions } = await openEditor();
    await app.getByLabel('Name').fill('Half a rule');
    await field.fill('tag:summer price:>10');
    await expect.poll(() => conditions.count(), SOON).toBe(2);
    await field.fill('tag:summer price:>10 vendr:Acme');
    await app.getByText('Character 22: There is no field “vendr”. Did you mean vendor?').waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    await app.getByRole('button', { name: 'Save and preview change' }).click();
    expect(await conditions.count()).toBe(2);
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(new URL(session.page.url()).pathname).toMatch(/\/rules\/new$/);
    await app.getByRole('button', { name: 'Remove the condition on Price' }).click();
    await expect.poll(() => field.inputValue(), SOON).toBe('tag:summer');
    expect(await field.getAttribute('aria-invalid')).not.toBe('true');
    session.expectClean();
  });
});

describe('what is odd about a rule', () => {
  it('stands at its place, on a phone too, and is no obstacle to anyone', async () => {
    const { session, app, field } = await openEditor(PHONE);
    await field.fill('tag:summer price:>10 price:<5');
    await app.getByText('“price:<5” and “price:>10” are never true together', { exact: false }).waitFor();
    await app.getByRole('textbox', { name: 'Percent' }).fill('-0.15');
    await app.getByText('write -15 if -15 % was meant', { exact: false }).waitFor();
    await app.getByRole('button', { name: 'How to write it' }).click();
    expect(await session.accessibilityViolations()).toEqual([]);
    expect(await session.appFrame().evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    await field.fill('tag:summer price:<10 price:>5');
    await expect.poll(() => app.getByText('never true together', { exact: false }).count(), SOON).toBe(0);
    session.expectClean();
  });
});
