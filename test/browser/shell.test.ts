/** The shell around every screen: the app inside the simulated Admin, its menu, App Bridge's parts, error pages, narrow windows. */
import { afterAll, afterEach, describe, expect, inject, it } from 'vitest';
import { closeBrowser, openAdmin, PHONE, type AdminSession, type OpenAdminOptions } from './harness.ts';

let session: AdminSession | undefined;

async function open(options: Omit<OpenAdminOptions, 'adminUrl'> = {}): Promise<AdminSession> {
  session = await openAdmin({ adminUrl: inject('adminUrl'), ...options });
  return session;
}

afterEach(async () => {
  await session?.close();
  session = undefined;
});
afterAll(closeBrowser);

const MENU = ['Pricing', 'Changes', 'Rules', 'Audit', 'Settings', 'Operations'];

describe('the app in the Admin', () => {
  it('opens on the catalog and lists its pages in the Admin menu', async () => {
    const { page, expectClean } = await open();
    expect(await page.locator('#nav a').allTextContents()).toEqual(MENU);
    await page.waitForURL('**/apps/calibrate/app/pricing');
    expectClean();
  });

  it('follows the Admin menu to every page without loading the document again', async () => {
    const { page, appFrame, navigate, expectClean } = await open();
    await appFrame().evaluate(() => Object.assign(window, { sameDocument: true }));
    for (const label of MENU) {
      await navigate(label);
      await page.waitForURL(`**/apps/calibrate/app/${label.toLowerCase()}`);
    }
    expect(await appFrame().evaluate(() => 'sameDocument' in window)).toBe(true);
    expectClean();
  });

  it('shows the same page after the window is reloaded', async () => {
    const { page, navigate, reload, expectClean } = await open();
    await navigate('Rules');
    await reload();
    await page.locator('#nav a[aria-current=page]', { hasText: 'Rules' }).waitFor();
    expectClean();
  });

  it('fetches a session token and comes back when the frame is opened without one', async () => {
    const { page, appFrame, expectClean } = await open();
    await page.evaluate(() => {
      const frame = document.querySelector('iframe')!;
      const url = new URL(frame.src);
      url.searchParams.delete('id_token');
      url.pathname = '/app/audit';
      frame.src = url.href;
    });
    await page.locator('#nav a[aria-current=page]', { hasText: 'Audit' }).waitFor();
    expect(new URL(appFrame().url()).pathname).toBe('/app/audit');
    expectClean();
  });

  it('carries the chosen member of staff in its session tokens', async () => {
    const { appFrame, page } = await open({ user: '43' });
    const subject = await appFrame().evaluate(async () => {
      const { shopify } = window as unknown as { shopify: { idToken(): Promise<string> } };
      return JSON.parse(atob((await shopify.idToken()).split('.')[1] ?? '').toString()).sub as string;
    });
    expect(subject).toBe('43');
    expect(new URL(page.url()).searchParams.get('user')).toBe('43');
  });

  it('says inside the Console that a page does not exist, with the menu still there', async () => {
    const { app, page, navigate } = await open({ path: '/app/no-such-page', expected: [/status of 404/] });
    await app.getByText('This page does not exist').waitFor();
    await navigate('Changes');
    await page.waitForURL('**/app/changes');
  });
});

describe("App Bridge's parts", () => {
  it('shows and dismisses a toast', async () => {
    const { page, appFrame, expectClean } = await open();
    await appFrame().evaluate(() => (window as unknown as { shopify: { toast: { show(text: string): void } } }).shopify.toast.show('Rule saved'));
    const toast = page.getByRole('status').getByText('Rule saved');
    await toast.waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await toast.waitFor({ state: 'detached' });
    expectClean();
  });

  it('keeps the menu from leaving unsaved changes until they are saved', async () => {
    const { page, appFrame, expectClean } = await open();
    await page.waitForURL('**/app/pricing');
    await appFrame().evaluate(() => {
      const bar = document.createElement('ui-save-bar') as HTMLElement & { show(): void; hide(): void };
      bar.id = 'trial';
      bar.innerHTML = '<button variant="primary"></button><button></button>';
      bar.addEventListener('click', () => bar.hide());
      document.body.append(bar);
      bar.show();
    });
    const bar = page.getByRole('region', { name: 'Unsaved changes' });
    await page.locator('#nav a', { hasText: 'Audit' }).click();
    expect(await bar.isVisible()).toBe(true);
    expect(new URL(page.url()).pathname).toMatch(/\/app\/pricing$/);
    await bar.getByRole('button', { name: 'Save' }).click();
    await bar.waitFor({ state: 'hidden' });
    expectClean();
  });
});

describe('the Admin page itself', () => {
  it('has no accessibility violations', async () => {
    const { accessibilityViolations } = await open();
    expect(await accessibilityViolations('admin')).toEqual([]);
  });

  it('fits a phone, with its menu behind a button', async () => {
    const { page, navigate, expectClean } = await open({ viewport: PHONE });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width);
    expect(await page.locator('#nav').isVisible()).toBe(false);
    await navigate('Changes');
    await page.waitForURL('**/app/changes');
    expectClean();
  });
});
