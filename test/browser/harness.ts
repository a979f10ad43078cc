/**
 * Drives the app as a merchant has it: inside the simulated Admin, in a real browser. One browser serves a test file; every
 * page gets a context of its own. Whatever goes wrong unseen (console errors, page errors, failed or outgoing requests) is
 * collected, and `expectClean` fails for it.
 */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContext, type Frame, type FrameLocator, type Page, type Request } from 'playwright-core';
import { expect } from 'vitest';
import { findChromium } from './chromium.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the app in the simulated Admin of the demo shop; provided by test/setup/global.ts. */
    adminUrl: string;
  }
}

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--font-render-hinting=none',
];

/** Shopify's SDK answers 410 to whoever calls itself headless. */
const USER_AGENT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36';

export const DESKTOP = { width: 1280, height: 860 };
export const PHONE = { width: 390, height: 844 };

const SCREENSHOTS = fileURLToPath(new URL('../../.cache/screenshots/', import.meta.url));
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

export interface OpenAdminOptions {
  /** Address of the app in the simulated Admin, e.g. `http://127.0.0.1:4000/store/demo/apps/calibrate`. */
  readonly adminUrl: string;
  /** Page of the app, e.g. `/app/changes`; the app's first page where it is left out. */
  readonly path?: string;
  /** Staff member who is signed in, by id; the store's owner where it is left out. */
  readonly user?: string;
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Problems that this test causes on purpose. */
  readonly expected?: readonly RegExp[];
}

export interface AdminSession {
  readonly page: Page;
  /** The app inside the Admin's frame: look things up here. */
  readonly app: FrameLocator;
  /** The app's frame itself, for evaluating in it. */
  appFrame(): Frame;
  /** Opens another page of the app by its address and waits until it is alive. */
  visit(path: string): Promise<void>;
  /** Loads the window again and waits until the app is alive. */
  reload(): Promise<void>;
  /** Chooses an entry of the app's menu, as a merchant would. */
  navigate(label: string): Promise<void>;
  /** What went wrong so far and was not expected. */
  problems(): readonly string[];
  /** Fails where anything went wrong unseen. */
  expectClean(): void;
  /** WCAG A and AA violations that axe finds, in the app (default) or in the Admin around it: `rule: selector`. */
  accessibilityViolations(where?: 'app' | 'admin'): Promise<string[]>;
  /** Writes a PNG of the window and answers with its path. */
  screenshot(name: string): Promise<string>;
  close(): Promise<void>;
}

let launched: Promise<Browser> | undefined;

async function launch(): Promise<Browser> {
  const { env, ...where } = await findChromium();
  return chromium.launch({ ...where, env, args: FLAGS });
}

/** The browser of this process, launched at the first call. */
export function browser(): Promise<Browser> {
  return (launched ??= launch());
}

/** For afterAll: ends the browser if there is one. */
export async function closeBrowser(): Promise<void> {
  const running = launched;
  launched = undefined;
  await (await running)?.close();
}

/** Opens the app in the simulated Admin and waits until its page is there and alive. */
export async function openAdmin(options: OpenAdminOptions): Promise<AdminSession> {
  const context = await (await browser()).newContext({
    viewport: { ...(options.viewport ?? DESKTOP) },
    userAgent: USER_AGENT,
    locale: 'en-US',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
  });
  const problems = await watch(context, options.expected ?? []);
  const page = await context.newPage();
  const alive = async (): Promise<void> => {
    // The app reports its menu to the Admin when its document has loaded.
    await page.locator('#nav a').first().waitFor({ state: 'attached' });
    await hydrated(page);
  };
  const visit = async (path: string): Promise<void> => {
    const url = new URL(options.adminUrl + path);
    if (options.user) url.searchParams.set('user', options.user);
    await page.goto(url.href);
    await alive();
  };
  await visit(options.path ?? '');

  const appFrame = (): Frame => {
    const frame = page.frames().find((one) => one.parentFrame() === page.mainFrame());
    if (!frame) throw new Error('the app is not in the Admin');
    return frame;
  };

  return {
    page,
    app: page.frameLocator('#app'),
    appFrame,
    visit,
    reload: async () => {
      await page.reload();
      await alive();
    },
    navigate: async (label) => {
      const menu = page.getByRole('button', { name: 'Menu' });
      if (await menu.isVisible()) await menu.click();
      await page.locator('#nav').getByRole('link', { name: label, exact: true }).click();
      await page.locator('#nav a[aria-current=page]', { hasText: label }).waitFor({ state: 'attached' });
    },
    problems: () => problems,
    expectClean: () => expect(problems, 'the browser reported problems').toEqual([]),
    accessibilityViolations: async (where = 'app') => {
      const target = where === 'app' ? appFrame() : page.mainFrame();
      await target.evaluate(await axeSource());
      return target.evaluate(async () => {
        const { axe } = window as unknown as { axe: typeof import('axe-core') };
        const { violations } = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'], iframes: false });
        return violations.flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${node.target.join(' ')}`));
      });
    },
    screenshot: async (name) => {
      await mkdir(SCREENSHOTS, { recursive: true });
      const file = path.join(SCREENSHOTS, `${name}.png`);
      await page.screenshot({ path: file });
      return file;
    },
    close: () => context.close(),
  };
}

/** Waits until React has taken the app's page over: before that, a click is lost. */
async function hydrated(page: Page): Promise<void> {
  await page
    .frameLocator('#app')
    .locator('body')
    .evaluate(async (body) => {
      const alive = () => [body, ...body.querySelectorAll('*')].some((element) => Object.keys(element).some((key) => key.startsWith('__reactFiber$')));
      const until = performance.now() + 15_000;
      while (!alive()) {
        if (performance.now() > until) throw new Error('the page never came alive');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
}

async function watch(context: BrowserContext, expected: readonly RegExp[]): Promise<string[]> {
  const problems: string[] = [];
  const add = (problem: string) => {
    if (!expected.some((pattern) => pattern.test(problem))) problems.push(problem);
  };
  await context.route(
    (url) => (url.protocol === 'http:' || url.protocol === 'https:') && !LOOPBACK.has(url.hostname),
    (route) => {
      add(`request leaves the machine: ${withoutQuery(route.request())}`);
      return route.abort();
    },
  );
  context.on('console', (message) => {
    if (message.type() === 'error') add(`console error: ${message.text()} (${message.location().url.split('?')[0]})`);
  });
  context.on('weberror', (event) => add(`page error: ${event.error().stack ?? event.error().message}`));
  context.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? '';
    // A page that is left, or a stream that is closed, aborts what it was waiting for.
    if (reason !== 'net::ERR_ABORTED') add(`request failed: ${withoutQuery(request)} ${reason}`);
  });
  context.on('response', (response) => {
    if (response.status() >= 500) add(`answer ${response.status()}: ${withoutQuery(response.request())}`);
  });
  return problems;
}

const withoutQuery = (request: Request): string => `${request.method()} ${request.url().split('?')[0]}`;

let axe: Promise<string> | undefined;
const axeSource = (): Promise<string> => (axe ??= readFile(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8'));
