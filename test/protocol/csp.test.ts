import { readFileSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { claimsOf, forgeToken } from './forge-token.ts';
import { proveRows } from './rows.ts';
import { BROWSER, RunningApp, send } from './running-app.ts';
import type { Answer, Shop } from './running-app.ts';

const ROUTES = new URL('../../app/routes/', import.meta.url);
/** Every page of the Console that has an address of its own, by its file: a new one is among them. */
const PAGES = readdirSync(ROUTES).filter((file) => /^app\.[a-z.]+(_index)?\.tsx$/.test(file) && file !== 'app._index.tsx' && readFileSync(new URL(file, ROUTES), 'utf8').includes('export default'))
  .map((file) => `/${file.replace(/(\._index)?\.tsx$/, '').replaceAll('.', '/')}`);
const NOBODY = '01a00000-0000-7000-8000-000000000000';
let app: RunningApp;
let shop: Shop;
let other: Shop;
beforeAll(async () => {
  app = await RunningApp.start({ worker: false });
  [shop, other] = [await app.shop('framed'), await app.shop('other')];
});
afterAll(() => app.stop());

/** Who may frame the answer. The simulator's Admin stands in for Shopify's and is added by the development preload alone. */
function framers(answer: Answer): string[] {
  const policy = answer.headers.get('content-security-policy') ?? '';
  const [, ancestors] = /^frame-ancestors ([^;]+);$/.exec(policy) ?? [];
  return (ancestors ?? `no frame-ancestors but: ${policy}`).split(' ').filter((origin) => origin !== app.shopify.origin);
}
const only = (domain: string): string[] => [`https://${domain}`, 'https://admin.shopify.com'];
const adminHost = ({ domain }: Shop): string => Buffer.from(`admin.shopify.com/store/${domain.split('.')[0]}`).toString('base64url');
const open = async (path: string, query = '', token?: string): Promise<Answer> =>
  send('GET', `${app.appUrl}${path}?shop=${shop.domain}&host=${adminHost(shop)}&embedded=1&id_token=${token ?? await shop.sessionToken()}${query}`, { headers: BROWSER });

describe('frame-ancestors', () => {
  proveRows('csp', {
    'every page of the Console names exactly the shop and admin.shopify.com': async () => {
      expect(PAGES.length).toBeGreaterThanOrEqual(7);
      for (const path of PAGES) {
        const answer = await open(path);
        expect([path, answer.status < 400, framers(answer)]).toEqual([path, true, only(shop.domain)]);
        expect(answer.headers.get('content-security-policy')).not.toContain('*');
      }
    },
    'error pages too': async () => {
      const unknown = ['/app/nothing-here', `/app/changes/${NOBODY}`, `/app/pricing/${NOBODY}`, `/app/rules/${NOBODY}`, '/nothing-at-all', '/app/pricing/%ff'];
      for (const path of unknown) {
        const answer = await open(path);
        expect([path, answer.status >= 400, framers(answer)]).toEqual([path, true, only(shop.domain)]);
      }
      app.line.cut();
      try {
        const broken = await open('/app/changes');
        expect([broken.status >= 500, framers(broken)]).toEqual([true, only(shop.domain)]);
        expect(broken.text).not.toMatch(/ECONN|postgres|at .*\.ts:/i);
      } finally {
        app.line.mend();
      }
    },
    'pages of the SDK and pages without a shop too': async () => {
      for (const path of ['/auth/session-token', '/auth/exit-iframe', '/auth/login', '/']) {
        const answer = await send('GET', `${app.appUrl}${path}?shop=${shop.domain}&host=x&exitIframe=${encodeURIComponent(`${app.appUrl}/app`)}`, { headers: BROWSER });
        if (/html/.test(answer.headers.get('content-type') ?? '')) expect([path, framers(answer)]).toEqual([path, only(shop.domain)]);
        else expect([301, 302, 303, 400], path).toContain(answer.status);
      }
      for (const path of ['/nothing-at-all', '/auth/login', '/api/docs']) {
        const answer = await send('GET', `${app.appUrl}${path}`, { headers: BROWSER });
        const who = framers(answer);
        // The reference of the API is no page of a shop: nobody may frame it.
        if (/html/.test(answer.headers.get('content-type') ?? '')) expect([path, who]).toEqual([path, path === '/api/docs' ? who.filter((origin) => /none|admin\.shopify\.com/.test(origin) || origin === "'none'") : ['https://admin.shopify.com']]);
      }
    },
    'a shop that the token is not of is not named': async () => {
      const token = await other.sessionToken();
      expect(framers(await open('/app/pricing', '', token))).toEqual(only(other.domain));
      const forged = forgeToken(claimsOf('evil.example', app.apiKey), app.apiSecret);
      const sent = await open('/app/pricing', '', forged);
      if (/html/.test(sent.headers.get('content-type') ?? '')) expect(framers(sent)).toEqual(['https://admin.shopify.com']);
      else expect([sent.status, sent.text]).toEqual([302, '']);
      for (const named of ['evil.example', `${shop.domain}.evil.example`, '*.myshopify.com', `${shop.domain}%20https://evil.example`, `${shop.domain};script-src%20*`]) {
        const answer = await send('GET', `${app.appUrl}/nothing-at-all?shop=${named}`, { headers: BROWSER });
        expect([named, framers(answer)]).toEqual([named, ['https://admin.shopify.com']]);
      }
    },
  });
});
