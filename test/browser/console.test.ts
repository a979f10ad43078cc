/**
 * The Console as a merchant uses it, on a store of its own: first sync, rule, plan, approval, apply with live progress,
 * audit, rollback, conflict; then what holds on every screen: no accessibility violation, nothing wider than a phone.
 * The tests of the first block go on from one another.
 */
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
  shop = await makeConsoleShop(inject('adminUrl'), `console-${process.pid}-${Date.now().toString(36)}`);
});
afterEach(async (context) => {
  if (context.task.result?.state === 'fail') await session?.screenshot(`failed-${context.task.name.slice(0, 30).replaceAll(/\W+/g, '-')}`).catch(() => undefined);
  await session?.close();
  session = undefined;
});
afterAll(closeBrowser);

const SOON = { timeout: 15_000 };
const button = (app: FrameLocator, name: string | RegExp) => app.getByRole('button', { name, exact: typeof name === 'string' });
const confirm = (app: FrameLocator, name: string) => app.getByRole('dialog').getByRole('button', { name, exact: true }).click();
const heading = (app: FrameLocator, name: string | RegExp) => app.getByRole('heading', { name, exact: typeof name === 'string' });
/** The state of the price change, beside its name. */
const badge = (app: FrameLocator, text: string) => app.locator('.Polaris-Badge').getByText(text, { exact: true }).first();

/**
 * Chooses a view of the catalog. Where the address does not follow, what the page asked for since is printed and it is clicked
 * once more, as a person would.
 */
async function chooseView({ app, page, appFrame }: AdminSession, view: string, query: string): Promise<void> {
  const asked: string[] = [];
  const note = (request: { url(): string }) => void asked.push(request.url().replace(/id_token=[^&]*/, ''));
  page.on('request', note);
  const chosen = () => appFrame().waitForURL((url) => url.search.includes(query), { timeout: 5_000, waitUntil: 'commit' });
  await app.getByRole('tab', { name: view }).click();
  await chosen().catch(async () => {
    console.warn(`${view}: the page stayed at ${appFrame().url()} and asked for`, asked);
    await app.getByRole('tab', { name: view }).click();
    await chosen();
  });
  page.off('request', note);
}

/** Approves and applies the plan that is shown, and waits until every price is live. */
async function approveAndApply(app: FrameLocator): Promise<void> {
  await button(app, 'Approve this plan').click();
  await confirm(app, 'Approve this plan');
  await button(app, 'Apply prices').click();
  await confirm(app, 'Apply prices');
}

describe('the main job', () => {
  it('offers the first sync where there is no catalog yet, and shows the catalog when it is here', async () => {
    const { app, expectClean, accessibilityViolations } = await open('/app/pricing');
    await app.getByText('Start with your catalog').waitFor();
    expect(await accessibilityViolations()).toEqual([]);
    await button(app, 'Bring in my catalog').click();
    await app.getByRole('table').waitFor({ timeout: 30_000 });
    await app.getByText('66 variants of 63 products').waitFor();
    expectClean();
  });

  it('finds, filters, sorts and pages, all of it in the address', async () => {
    const { app, page, reload, expectClean } = await open('/app/pricing');
    const rows = app.locator('tbody tr');
    await expect.poll(() => rows.count(), SOON).toBe(50);
    await app.getByRole('button', { name: 'Next' }).click();
    await expect.poll(() => rows.count(), SOON).toBe(16);
    await app.getByRole('button', { name: 'Previous' }).click();
    await expect.poll(() => rows.count(), SOON).toBe(50);

    for (const [view, query, count] of [['On sale', 'sale=yes', 4], ['Missing cost', 'cost=missing', 2], ['Drafts', 'status=draft', 1]] as const) {
      await chooseView(session!, view, query);
      await expect.poll(() => rows.count(), { ...SOON, message: view }).toBe(count);
    }
    await app.getByRole('tab', { name: 'All' }).click();
    await app.getByRole('button', { name: 'Search and filter results' }).click();
    await app.getByPlaceholder('Search by title, SKU or vendor').fill('harbour');
    await expect.poll(() => rows.count(), SOON).toBe(4);
    await page.waitForURL(/q=harbour/);
    await reload();
    await expect.poll(() => app.locator('tbody tr').count(), SOON).toBe(4);
    expectClean();
  });

  it('turns chosen rows into a rule for exactly them', async () => {
    const { app, expectClean } = await open('/app/pricing?q=harbour');
    await app.getByRole('row', { name: /LAMP-1/ }).getByRole('checkbox').click({ force: true });
    await app.getByRole('row', { name: /LAMP-3/ }).getByRole('checkbox').click({ force: true });
    await button(app, 'Change prices').click();
    await heading(app, 'New rule').waitFor();
    const condition = app.getByRole('group', { name: 'Condition on SKU' });
    await condition.getByText('LAMP-1', { exact: true }).waitFor();
    await condition.getByText('LAMP-3', { exact: true }).waitFor();
    await app.getByText('Harbour Lamp – Amber').waitFor();
    expectClean();
  });

  it('says at the field what is wrong with a rule, and shows the rule as JSON and back without loss', async () => {
    const { app, expectClean } = await open('/app/rules/new');
    await app.getByLabel('Percent').fill('a lot');
    await app.getByText('The value of a step is a decimal string').waitFor();
    await button(app, 'Save and preview change').click();
    await app.getByText('Give the rule a name.').waitFor();
    await app.getByLabel('Percent').fill('-10');
    await app.getByLabel('Lowest price').fill('5.00');
    await button(app, 'JSON').click();
    const json = app.getByRole('textbox', { name: 'Rule as JSON' });
    const rule = JSON.parse(await json.inputValue()) as { transform: { bounds: unknown; steps: unknown } };
    expect(rule.transform).toMatchObject({ bounds: { floor: '5.00' }, steps: [{ type: 'percent', value: '-10' }] });
    await json.fill('{"name": "By hand",');
    await app.getByText('This is not JSON yet').waitFor();
    await json.fill(JSON.stringify({ ...rule, name: 'By hand', selector: { not: { field: 'product.vendor', op: 'in', value: ['Solvik'] } } }));
    await button(app, 'Form').click();
    expect(await app.getByLabel('Name').inputValue()).toBe('By hand');
    await app.getByText('This must not be true:').waitFor();
    await app.getByRole('group', { name: 'Condition on Vendor' }).getByText('Solvik', { exact: true }).waitFor();
    expectClean();
  });

  it('shows beside the rule what it would do, saves it by the save bar, and asks before unsaved work is left', async () => {
    const { app, page, expectClean } = await open('/app/rules/new');
    await app.getByLabel('Name').fill('Mugs and rugs');
    await button(app, 'Add condition').click();
    await app.getByRole('combobox', { name: 'Field' }).selectOption('product.productType');
    await app.getByRole('combobox', { name: 'Comparison' }).selectOption('neq');
    await app.getByRole('combobox', { name: 'Value' }).fill('Lamps');
    await app.getByLabel('Percent').fill('-15');
    await app.getByLabel('Smallest margin').fill('20');
    await app.getByLabel('Round to').selectOption('ending');
    await app.getByLabel('Compare-at price').selectOption('sale');
    await app.getByText('2 blocked: Unit cost is missing').waitFor();
    await app.getByText('$19.99').first().waitFor();
    await app.getByRole('link', { name: 'Rules', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Continue editing' }).click();
    await page.locator('#save').getByRole('button', { name: 'Save' }).click();
    await page.getByText('Rule saved').waitFor();
    await heading(app, 'Mugs and rugs').waitFor();
    expectClean();
  });

  it('previews, approves exactly that plan and applies it while the page follows live', async () => {
    const { app, page, navigate, expectClean } = await open('/app/rules');
    await navigate('Rules');
    await app.getByRole('link', { name: 'Mugs and rugs' }).click();
    await button(app, 'Preview change').click();
    await page.waitForURL(/\/app\/changes\//);
    await badge(app, 'To approve').waitFor();
    changePath = new URL(page.url()).pathname.split('/apps/calibrate')[1] ?? '';
    await app.getByRole('link', { name: 'Unit cost is missing' }).click();
    await expect.poll(() => app.locator('tbody tr').count(), SOON).toBe(2);
    await app.getByRole('tab', { name: /^To change/ }).click();
    await app.getByRole('button', { name: 'Explain Trail Mug 01' }).click();
    await app.getByRole('dialog').getByText(/nearest price ending in \.99/).waitFor();
    await page.keyboard.press('Escape');
    await app.getByRole('dialog').waitFor({ state: 'detached' });

    const streams: string[] = [];
    page.on('request', (request) => void (request.url().endsWith('/events') && streams.push(request.url())));
    const documents: string[] = [];
    page.on('framenavigated', (frame) => documents.push(frame.url()));
    await shop.fault({ kind: 'slow_body', operation: 'productVariantsBulkUpdate', count: 3, delayMs: 700 });
    await approveAndApply(app);
    await badge(app, 'Applying').waitFor();
    await badge(app, 'Applied').waitFor({ timeout: 40_000 });
    await app.getByText('60 live').waitFor();
    expect(streams.length, 'the page followed the change’s event stream').toBeGreaterThan(0);
    await shop.clearFaults();

    const truth = await shop.truth();
    expect(truth.get('MUG-01')).toMatchObject({ price: '19.99', compareAtPrice: '24.00' });
    expect(truth.get('RUG-1')).toMatchObject({ price: '150.00', compareAtPrice: null });
    expect(truth.get('LAMP-1')).toMatchObject({ price: '80.00', compareAtPrice: '100.00' });
    expectClean();
  });

  it('leads from a price back to the rule and the person behind it', async () => {
    const { app, expectClean } = await open('/app/pricing?q=MUG-01');
    await app.getByRole('link', { name: /Price history of Trail Mug 01/ }).click();
    await app.getByRole('img', { name: /between \$19\.99 and \$24\.00, now \$19\.99/ }).waitFor();
    await app.getByText(/Approved by Staff member 42/).waitFor();
    await app.getByRole('link', { name: 'Mugs and rugs' }).click();
    await app.getByRole('dialog').getByText('Written and read back').waitFor();
    expectClean();
  });

  it('lists in the audit who approved what, and explains it', async () => {
    const { app, page, expectClean } = await open('/app/audit');
    await app.getByLabel('What').selectOption('price_change');
    await page.waitForURL(/entity=price_change/);
    const approved = app.getByRole('listitem').filter({ hasText: 'Approved' });
    await approved.getByRole('button', { name: /Explain entry/ }).click();
    await approved.getByText('Plan hash').waitFor();
    const download = page.waitForEvent('download');
    await button(app, 'Export CSV').click();
    expect((await download).suggestedFilename()).toBe('calibrate-audit.csv');
    expectClean();
  });

  it('rolls back as a plan of its own, with the three prices of every row', async () => {
    const { app, expectClean } = await open(changePath);
    await button(app, 'Roll back').click();
    await heading(app, 'Roll back: Mugs and rugs').waitFor();
    const row = app.getByRole('row', { name: /MUG-01/ });
    expect(await row.getByText(/^\$/).allTextContents()).toEqual(expect.arrayContaining(['$24.00', '$19.99']));
    await approveAndApply(app);
    await badge(app, 'Applied').waitFor({ timeout: 40_000 });
    expect((await shop.truth()).get('MUG-01')).toMatchObject({ price: '24.00', compareAtPrice: null });
    expectClean();
  });

  it('keeps a price that someone changed after the preview, and writes ours only when a person says so', async () => {
    const { app, page, expectClean } = await open('/app/rules/new');
    await app.getByLabel('Name').fill('Lamps up');
    await button(app, 'JSON').click();
    await app
      .getByRole('textbox', { name: 'Rule as JSON' })
      .fill(JSON.stringify({ name: 'Lamps up', selector: { field: 'product.productType', op: 'eq', value: 'Lamps' }, transform: { steps: [{ type: 'amount', value: '10' }] } }));
    await button(app, 'Save and preview change').click();
    await page.waitForURL(/\/app\/changes\//);
    await badge(app, 'To approve').waitFor();
    await shop.edit('LAMP-2', '77.00');
    await approveAndApply(app);
    await badge(app, 'Partly applied').waitFor({ timeout: 40_000 });
    await heading(app, 'Conflicts (1)').waitFor();
    await app.getByText('$77.00').first().waitFor();
    expect((await shop.truth()).get('LAMP-2')?.price).toBe('77.00');
    await button(app, /^Write our price/).click();
    await badge(app, 'Applied').waitFor({ timeout: 40_000 });
    expect((await shop.truth()).get('LAMP-2')?.price).toBe('90.00');
    expectClean();
  });

  it('makes an API token that is shown once, and revokes it', async () => {
    const { app, expectClean } = await open('/app/settings');
    await button(app, 'Create token').click();
    await app.getByRole('dialog').getByLabel('Name').fill('Stock sheet');
    await confirm(app, 'Create token');
    const secret = await app.getByText(/^cal_[\w-]{20,}$/).textContent();
    expect(secret).toMatch(/^cal_/);
    await button(app, 'Revoke Stock sheet').click();
    await confirm(app, 'Revoke');
    await app.getByText('Revoked', { exact: true }).waitFor();
    await button(app, 'Check now: Shopify').click();
    await app.getByText('Working', { exact: true }).waitFor();
    expectClean();
  });
});

describe('a member of staff without the right to approve', () => {
  it('sees the plan and which role is missing, and no way to approve it', async () => {
    const owner = await open('/app/rules');
    await owner.app.getByRole('link', { name: 'Mugs and rugs' }).click();
    await button(owner.app, 'Preview change').click();
    await badge(owner.app, 'To approve').waitFor();
    const path = new URL(owner.page.url()).pathname.split('/apps/calibrate')[1] ?? '';
    await owner.close();
    const { app, expectClean } = await open(path, { user: '43' });
    await app.getByText('The next step here needs the approver role; yours is editor.').waitFor();
    expect(await button(app, 'Approve this plan').count()).toBe(0);
    expectClean();
  });
});

describe('every screen', () => {
  const screens = () => ['/app/pricing', '/app/pricing?q=harbour&vendor=Solvik', '/app/rules', '/app/rules/new', '/app/changes', changePath, '/app/audit', '/app/settings'];

  it('has no accessibility violation', async () => {
    const found: string[] = [];
    for (const path of screens()) {
      const { app, accessibilityViolations, close } = await open(path);
      await app.getByRole('heading', { level: 1 }).waitFor();
      found.push(...(await accessibilityViolations()).map((violation) => `${path} ${violation}`));
      await close();
    }
    expect(found).toEqual([]);
  });

  it('fits a phone', async () => {
    for (const path of screens()) {
      const { app, appFrame, screenshot, close } = await open(path, { viewport: PHONE });
      await app.getByRole('heading', { level: 1 }).waitFor();
      const overflow = await appFrame().evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      await screenshot(`phone${path.replaceAll(/[^a-z]+/g, '-')}`);
      expect(overflow, path).toBeLessThanOrEqual(0);
      await close();
    }
  });
});
