import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROWSER, RunningApp, send } from './running-app.ts';

/** What docs/SECURITY.md says of the code as a whole, looked up in the code as a whole. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const files = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 2 ** 20 }).split('\n').filter(Boolean);
const read = (path: string): string => readFileSync(new URL(path, `file://${ROOT}`), 'utf8');
const ours = files.filter((path) => /^(app|dev\/preload)\/.*\.(ts|tsx|mjs)$/.test(path) && !/\.test\.|\/generated\//.test(path));
/** Our files that hold what an expression finds, `path: line`. */
const found = (expression: RegExp, paths: readonly string[] = ours): string[] => paths.flatMap((path) => read(path).split('\n').filter((line) => expression.test(line)).map((line) => `${path}: ${line.trim().slice(0, 160)}`));
const toml = read('shopify.app.toml');

describe('the code', () => {
  it('asks for the scopes it uses and no other', () => {
    const scopes = /scopes = "([^"]+)"/.exec(toml)![1]!.split(',');
    expect(scopes).toEqual(['read_products', 'write_products', 'read_inventory', 'read_orders']);
    const documents = files.filter((path) => path.endsWith('.graphql') && path.startsWith('app/')).map(read).join('\n');
    expect(documents).toMatch(/productVariantsBulkUpdate/);
    expect(documents).toMatch(/unitCost/);
    expect(toml).toMatch(/topics = \["orders\/create"\]/);
    expect(documents).not.toMatch(/metafieldsSet|metafields\b|scriptTag/i);
  });

  it('subscribes to the three privacy topics, over no other address than its own', () => {
    expect([...toml.matchAll(/compliance_topics = \["([^"]+)"\]/g)].map(([, topic]) => topic).sort()).toEqual(['customers/data_request', 'customers/redact', 'shop/redact']);
    for (const [, uri] of toml.matchAll(/^\s*uri = "([^"]+)"/gm)) expect(uri).toMatch(/^\/webhooks\//);
    expect(found(/http:\/\/(?!localhost|127\.0\.0\.1|www\.w3\.org)/, ['shopify.app.toml'])).toEqual([]);
  });

  it('speaks one version of the Admin API, which Shopify supports today', () => {
    const version = /api_version = "(\d{4})-(\d{2})"/.exec(toml)!;
    const until = Date.UTC(Number(version[1]) + 1, Number(version[2]) - 1, 31);
    expect(until).toBeGreaterThan(Date.parse('2026-11-22'));
    expect(read('app/shopify.server.ts')).toContain('ApiVersion.July26');
    expect(found(/20\d\d-(01|04|07|10)\b/).filter((line) => /api\/20|apiVersion|API_VERSION/.test(line) && !line.includes(`${version[1]}-${version[2]}`) && !/fallback|before|older|previous/i.test(line))).toEqual([]);
  });

  it('puts no text into a page as HTML, evaluates none, and has no Liquid, theme or proxy', () => {
    expect(found(/\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write)\b/)).toEqual([]);
    // One place shows a page of Shopify's SDK as it is: only with status 200, and only what begins as that page does.
    expect(found(/dangerouslySetInnerHTML/)).toEqual(['app/ui/shell/embedded-error.tsx: return <div dangerouslySetInnerHTML={{ __html: error.data }} />;']);
    expect(read('app/ui/shell/embedded-error.tsx')).toContain("if (error.status === 200 && typeof error.data === 'string' && SDK_PAGE.test(error.data)) {");
    // `.eval(` is Redis's, of scripts that are constants of ours.
    expect(found(/(?<!\.)\beval\(|new Function\(/)).toEqual([]);
    expect(files.filter((path) => /\.liquid$|theme.*extension|app[-_]proxy/i.test(path))).toEqual([]);
    expect(toml).not.toMatch(/app_proxy|write_script_tags/);
    expect(found(/application\/liquid/)).toEqual([]);
  });

  it('never takes a shop from a request to act for it', () => {
    expect(found(/unauthenticated\s*\.\s*(admin|storefront)|authenticate\.public/)).toEqual([]);
  });

  it('anchors every expression that recognises a shop', () => {
    const expressions = found(/\/[^/\n]*myshopify\\\.com[^/\n]*\//);
    expect(expressions.length).toBeGreaterThan(0);
    for (const line of expressions) expect(line, line).toMatch(/\/\^.*myshopify\\\.com(\$|\\\/.*\$)/);
  });

  it('holds no environment file and no key', () => {
    expect(files.filter((path) => /(^|\/)\.env($|\.(?!example$))|\.pem$|id_rsa/.test(path))).toEqual([]);
    const texts = files.filter((path) => /\.(ts|tsx|mjs|json|toml|ya?ml|md|sh|sql)$/.test(path) && path !== 'package-lock.json' && path !== 'app/platform/monitor/logger.test.ts');
    expect(found(/shp(at|rt|ua|ss|ca)_[0-9a-f]{32}|-----BEGIN [A-Z ]*PRIVATE KEY|k1\.aesgcm256\.[\w-]{43}|cal_[\w-]{43}|sk-[A-Za-z0-9]{32,}/, texts).filter((line) => !/(A{20}|a{20}|0{20}|x{20})/.test(line))).toEqual([]);
  });
});

describe('every route', () => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await RunningApp.start({ worker: false });
    await app.shop('routes');
  });
  afterAll(() => app.stop());

  /** Of the files of app/routes, as addresses. */
  const routes = files.filter((path) => /^app\/routes\/.+\.tsx?$/.test(path) && !path.includes('.test.')).map((path) => path.replace('app/routes/', '').replace(/\.tsx?$/, ''))
    .map((name) => ({ name, path: `/${name.replaceAll('[.]', '%').split('.').filter((part) => !/^_index$/.test(part)).map((part) => (part.startsWith('$') ? 'x' : part.replace(/_$/, ''))).join('/').replaceAll('%', '.')}` }));
  /** Open to all by intention: probes and numbers for operators, the reference of the API, Shopify's own pages of signing in. */
  const OPEN = /^(readyz|metrics|api\.docs|api\.v1\.openapi.*|auth\..*|_index|\$)$/;

  it('gives nothing away and changes nothing without a session token, an API token, a signature or the cron secret', async () => {
    expect(routes.length).toBeGreaterThan(20);
    const before = await app.sql('SELECT count(*)::int AS n FROM audit_log');
    for (const { name, path } of routes) {
      for (const method of ['GET', 'POST']) {
        const answer = await send(method, `${app.appUrl}${path}`, { headers: BROWSER, ...(method === 'POST' ? { body: {} } : {}) });
        if (OPEN.test(name)) continue;
        expect(answer.status === 200 ? `${method} ${path} answered 200: ${answer.text.slice(0, 200)}` : 'refused').toBe('refused');
        expect(answer.text).not.toMatch(/"sku"|myshopify\.com"/);
      }
    }
    expect(await app.sql('SELECT count(*)::int AS n FROM audit_log')).toEqual(before);
  });

  it('leads nowhere else: a redirect stays with us or goes to Shopify', async () => {
    for (const target of ['https://evil.example', '//evil.example', 'https://evil.example/?x=admin.shopify.com', 'javascript:alert(1)', 'https://admin.shopify.com.evil.example']) {
      for (const path of ['/auth/exit-iframe', '/auth/login', '/auth/session-token', '/app', '/']) {
        const query = new URLSearchParams({ shop: 'routes.myshopify.com', host: 'x', exitIframe: target, redirectUri: target, 'shopify-reload': target, return_to: target });
        const answer = await send('GET', `${app.appUrl}${path}?${query}`, { headers: BROWSER });
        const location = answer.headers.get('location');
        if (location) expect([path, /^https?:$/.test(new URL(location, app.appUrl).protocol) && /^(127\.0\.0\.1|admin\.shopify\.com|[a-z0-9-]+\.myshopify\.com)$/.test(new URL(location, app.appUrl).hostname)]).toEqual([path, true]);
        if (path === '/auth/exit-iframe') expect(answer.text).not.toContain('evil.example');
      }
    }
  });
});
