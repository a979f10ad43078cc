import { createDecipheriv, createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { createTokenSeal } from '../../app/adapters/db/token-seal.ts';
import { hasRedisServer, startRedis } from '../contract/redis-server.ts';
import { proveRows } from './rows.ts';
import { BROWSER, RunningApp, newEncryptionKey, send, until } from './running-app.ts';
import type { Json, Shop } from './running-app.ts';

let app: RunningApp;
let redis: Awaited<ReturnType<typeof startRedis>> | null = null;
let shop: Shop;
let other: Shop;
/** Keys that the running processes have, the sealing one first. */
let keys: string[];
beforeAll(async () => {
  redis = hasRedisServer() ? await startRedis() : null;
  app = await RunningApp.start({ env: redis ? { REDIS_URL: redis.url } : {} });
  keys = [app.encryptionKey];
  [shop, other] = [await app.shop('tokens', { products: 30, catalog: true }), await app.shop('other')];
});
afterAll(async () => {
  await app.stop();
  await redis?.stop();
});

const keyIdOf = (key: string): string => createHash('sha256').update(Buffer.from(key.split('.')[2]!, 'base64url')).digest('base64url').slice(0, 8);
const sessionOf = async (of: Shop): Promise<Json> => (await of.rows('shop_sessions'))[0];
async function tokensOf(of: Shop): Promise<{ access: string; refresh: string }> {
  const row = await sessionOf(of);
  const seal = createTokenSeal(keys);
  return { access: seal.open(row.access_token, row.tenant_id), refresh: seal.open(row.refresh_token, row.tenant_id) };
}
/** Whether Shopify answers the app; what its webhook subscriptions were like a moment ago is another matter. */
async function works(of: Shop): Promise<boolean> {
  const { status, detail } = await of.must('POST', '/connectors/shopify/check', {});
  return status !== 'down' && detail.problem === undefined;
}
const refreshes = (of: Shop): number => app.shopify.asked.filter(({ shop: domain, grant }) => domain === of.domain && grant === 'refresh').length;
/** The token has a few minutes left, and the worker has not tried just now. */
async function endsSoon(): Promise<void> {
  await app.sql('UPDATE token_leases SET not_before = NULL');
  await app.sql(`UPDATE shop_sessions SET expires = now() + interval '4 minutes' WHERE tenant_id = app.tenant_id_of($1)`, [shop.domain]);
}
/** Restarts app and worker with these keys. */
async function restart(withKeys: readonly string[]): Promise<void> {
  await Promise.all([app.program('app').stop(), app.program('worker').stop()]);
  keys = [...withKeys];
  await Promise.all([app.startWeb({ ENCRYPTION_KEYS: keys.join(',') }), app.startWorker({ ENCRYPTION_KEYS: keys.join(',') })]);
}

/** A price change of all rows, approved and started. */
async function start(percent: string): Promise<string> {
  const rule = { name: 'all', selector: { all: [] }, transform: { steps: [{ type: 'percent', value: percent }] } };
  const draft = await shop.must('POST', '/price-changes', { name: `Change ${percent}`, rule });
  await shop.must('POST', `/price-changes/${draft.id}/preview`);
  const change = await until('the plan is there', () => shop.must('GET', `/price-changes/${draft.id}`), (seen) => seen.activity === null && seen.state === 'previewed');
  await shop.must('POST', `/price-changes/${draft.id}/approve`, { planHash: change.planHash });
  await shop.must('POST', `/price-changes/${draft.id}/apply`);
  return draft.id;
}
const change = (id: string): Promise<Json> => shop.must('GET', `/price-changes/${id}`);
const writes = async (after: number): Promise<Json[]> => (await shop.control('GET', `writes?after=${after}`)).data;
const lastWrite = async (): Promise<number> => (await writes(0)).at(-1)?.seq ?? 0;
const paused = { id: '', before: 0 };

describe('access tokens', () => {
  proveRows('access-tokens', {
    'AES-256-GCM with key id and the tenant as AAD': async () => {
      const row = await sessionOf(shop);
      const key = Buffer.from(app.encryptionKey.split('.')[2]!, 'base64url');
      for (const [sealed, kind] of [[row.access_token, /^shpat_/], [row.refresh_token, /^shprt_/]] as const) {
        const [version, id, iv, text, tag] = sealed.split('.') as [string, string, string, string, string];
        expect([version, id, Buffer.from(iv, 'base64url').length, Buffer.from(tag, 'base64url').length]).toEqual(['s1', keyIdOf(app.encryptionKey), 12, 16]);
        const open = (aad: string): string => {
          const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url')).setAAD(Buffer.from(aad));
          decipher.setAuthTag(Buffer.from(tag, 'base64url'));
          return decipher.update(Buffer.from(text, 'base64url')).toString() + decipher.final().toString();
        };
        expect(open(row.tenant_id)).toMatch(kind);
        expect(() => open('0'.repeat(36))).toThrow();
      }
    },
    'a row moved to another tenant does not open': async () => {
      const [mine, theirs] = [await sessionOf(shop), await sessionOf(other)];
      await expect(app.sql('UPDATE shop_sessions SET tenant_id = $1 WHERE tenant_id = $2', [theirs.tenant_id, mine.tenant_id])).rejects.toThrow(/own_shop|shop_sessions/);
      expect(() => createTokenSeal(keys).open(mine.access_token, theirs.tenant_id)).toThrow();
      // The sealed texts in the row of another: nobody acts for the wrong shop, and opening the app there makes it whole again.
      await app.sql('UPDATE shop_sessions SET access_token = $1, refresh_token = $2 WHERE tenant_id = $3', [mine.access_token, mine.refresh_token, theirs.tenant_id]);
      const health = await other.must('POST', '/connectors/shopify/check', {});
      expect(health.status).toBe('down');
      expect((await other.open('/app/pricing')).status).toBe(200);
      expect(await works(other)).toBe(true);
      expect((await tokensOf(other)).access).not.toBe((await tokensOf(shop)).access);
    },
    'no token in a dump, a log, Redis or an error page': async () => {
      const session = await shop.sessionToken();
      const [one, two] = [await tokensOf(shop), await tokensOf(other)];
      const secrets = [one.access, one.refresh, two.access, two.refresh, shop.token, session, app.apiSecret, app.encryptionKey.split('.')[2]!];
      const pages: string[] = [];
      const visit = async (url: string, headers: Record<string, string> = {}): Promise<void> => void pages.push((await send('GET', url, { headers: { ...BROWSER, ...headers } })).text);
      const badPlaces = ['/app/nothing-here', '/app/changes/x', '/auth/session-token', '/api/v1/variants/x', '/metrics', '/readyz', '/nothing'];
      for (const path of badPlaces) await visit(`${app.appUrl}${path}?shop=${shop.domain}&host=x`, { authorization: `Bearer ${session}` });
      for (const path of badPlaces) await visit(`${app.appUrl}${path}`, { authorization: `Bearer ${shop.token}` });
      await shop.control('POST', 'faults', { kind: 'http_500', count: 3 });
      pages.push(JSON.stringify(await shop.must('POST', '/connectors/shopify/check', {})));
      await shop.control('DELETE', 'faults');
      app.line.cut();
      for (const path of ['/app/changes', '/api/v1/catalog/status', '/readyz']) await visit(`${app.appUrl}${path}?shop=${shop.domain}&host=x&embedded=1`, { authorization: `Bearer ${session}` });
      app.line.mend();
      await until('the database is back', () => send('GET', `${app.appUrl}/readyz`), ({ status }) => status === 200);

      const logs = app.programs.filter(({ name }) => name !== 'simulator').map(({ output }) => output).join('');
      expect(logs.length).toBeGreaterThan(1_000);
      const tables = await app.sql<{ name: string }>(`SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`);
      expect(tables.length).toBeGreaterThan(30);
      const inRedis: string[] = [];
      if (redis) {
        const client = new Redis(redis.url);
        for (const key of await client.keys('*')) {
          const kind = await client.type(key);
          inRedis.push(key, JSON.stringify(kind === 'string' ? await client.get(key) : kind === 'hash' ? await client.hgetall(key) : kind === 'list' ? await client.lrange(key, 0, -1) : kind === 'zset' ? await client.zrange(key, 0, -1) : kind === 'set' ? await client.smembers(key) : await client.xrange(key, '-', '+')));
        }
        client.disconnect();
        expect(inRedis.length, 'the queue is in Redis').toBeGreaterThan(0);
      }
      for (const secret of secrets) {
        expect(logs.includes(secret), 'a log').toBe(false);
        expect(pages.some((page) => page.includes(secret) && !secret.startsWith('ey')), 'an answer').toBe(false);
        expect(inRedis.some((text) => text.includes(secret)), 'Redis').toBe(false);
        for (const { name } of tables) {
          const [found] = await app.sql<{ n: number }>(`SELECT count(*)::int AS n FROM ${name} x WHERE strpos(x::text, $1) > 0 OR strpos(x::text, $2) > 0`, [secret, Buffer.from(secret).toString('hex')]);
          expect(found!.n, `a row of ${name}`).toBe(0);
        }
      }
    },
    'rotation of the key': async () => {
      const before = await tokensOf(shop);
      const [old, next] = [app.encryptionKey, newEncryptionKey()];
      await restart([next, old]);
      expect((await send('POST', `${app.appUrl}/internal/cron/tick`, { headers: { authorization: `Bearer ${app.cronSecret}` } })).status).toBe(202);
      await until('all is sealed with the new key', () => app.sql('SELECT access_token, refresh_token FROM shop_sessions'), (rows) =>
        rows.every((row: Json) => [row.access_token, row.refresh_token].every((sealed: string | null) => sealed === null || sealed.split('.')[1] === keyIdOf(next))));
      expect(await tokensOf(shop)).toEqual(before);
      await restart([next]);
      expect([await works(shop), await works(other)]).toEqual([true, true]);
      expect(refreshes(shop)).toBe(0);
      // A key that was taken away too early: the shop opens the app, and all is well.
      await app.sql('UPDATE shop_sessions SET access_token = $1 WHERE tenant_id = app.tenant_id_of($2)', [createTokenSeal([old]).seal('shpat_lost', (await sessionOf(other)).tenant_id), other.domain]);
      expect((await other.must('POST', '/connectors/shopify/check', {})).status).toBe('down');
      expect((await other.open('/app/pricing')).status).toBe(200);
      expect(await works(other)).toBe(true);
    },
    'refreshed before expiry': async () => {
      const before = await tokensOf(shop);
      const asked = refreshes(shop);
      await endsSoon();
      const row = await until('the worker refreshed it by itself', () => sessionOf(shop), (seen) => seen.expires.getTime() > Date.now() + 30 * 60_000);
      expect(row.access_token).toBeTruthy();
      expect((await tokensOf(shop)).access).not.toBe(before.access);
      expect(refreshes(shop)).toBe(asked + 1);
      expect(await works(shop)).toBe(true);
    },
    '50 at once → one refresh': async () => {
      const asked = refreshes(shop);
      const startAt = String(Date.now() + 4_000);
      const callers = [1, 2].map((n) => app.spawn(`callers ${n}`, ['test/protocol/token-callers.ts'], { SHOP: shop.domain, CALLERS: '25', START_AT: startAt, ENCRYPTION_KEYS: keys.join(',') }));
      await Promise.all(callers.map((program) => program.finished()));
      const answers = callers.flatMap(({ output }) => (JSON.parse(output) as { answers: string[] }).answers);
      expect(answers).toHaveLength(50);
      expect(new Set(answers).size, 'all have the same').toBe(1);
      expect(answers[0]).toBe((await tokensOf(shop)).access);
      expect(refreshes(shop)).toBe(asked + 1);
      expect(await works(shop)).toBe(true);
      for (const program of callers) program.output = '';
    },
    'refresh answer lost → retried': async () => {
      const before = await tokensOf(shop);
      const asked = refreshes(shop);
      let lost = 0;
      app.shopify.fateOf = ({ grant, shop: domain }) => (grant === 'refresh' && domain === shop.domain && lost++ < 2 ? 'lost' : 'arrives');
      await endsSoon();
      await until('it is refreshed all the same', () => sessionOf(shop), (seen) => seen.expires.getTime() > Date.now() + 30 * 60_000);
      app.shopify.fateOf = () => 'arrives';
      expect(app.shopify.asked.filter(({ grant, shop: domain }) => grant === 'refresh' && domain === shop.domain).slice(asked).map(({ refreshToken }) => refreshToken)).toEqual(Array(3).fill(before.refresh));
      expect(await works(shop)).toBe(true);
    },
    '401 mid-apply → refresh once': async () => {
      const asked = refreshes(shop);
      const before = await lastWrite();
      await shop.control('POST', 'faults', { kind: 'token_revoked', operation: 'productVariantsBulkUpdate', count: 1 });
      const id = await start('-10');
      const ended = await until('the change is applied', () => change(id), (seen) => ['applied', 'partially_applied', 'failed', 'paused'].includes(seen.state), 60_000);
      expect([ended.state, ended.pauseReason]).toEqual(['applied', null]);
      expect(refreshes(shop)).toBe(asked + 1);
      const written = (await writes(before)).filter(({ actor }) => actor === 'app');
      expect([written.length, new Set(written.map(({ variantId }) => variantId)).size]).toEqual([30, 30]);
    },
    'then pause with a banner': async () => {
      paused.before = await lastWrite();
      app.shopify.fateOf = ({ grant }) => (grant === 'refresh' ? 'refused' : 'arrives');
      await shop.control('POST', 'faults', { kind: 'token_revoked', operation: 'productVariantsBulkUpdate', count: 1 });
      const asked = refreshes(shop);
      paused.id = await start('-10');
      const seen = await until('the change is paused', () => change(paused.id), ({ state }) => state !== 'applying', 60_000);
      expect([seen.state, seen.pauseCode]).toEqual(['paused', 'token_revoked']);
      expect(seen.pauseReason).toMatch(/^Shopify no longer lets Calibrate write prices/);
      expect(refreshes(shop)).toBe(asked + 1);
      app.shopify.fateOf = () => 'arrives';
      const page = await shop.open(`/app/changes/${paused.id}`);
      expect(page.status).toBe(200);
      expect(page.text).toContain('Paused: Shopify refuses us');
    },
    'nothing failed': async () => {
      const counts = async (): Promise<Record<string, number>> => Object.fromEntries((await shop.rows('price_change_items', 'change_id = $2', [paused.id])).reduce((sums: Map<string, number>, { state }: Json) => sums.set(state, (sums.get(state) ?? 0) + 1), new Map<string, number>()));
      const meanwhile = await counts();
      expect(meanwhile['failed'] ?? 0).toBe(0);
      expect((meanwhile['queued'] ?? 0) + (meanwhile['writing'] ?? 0)).toBeGreaterThan(0);
      // The page above was opened with a session token, which got the app a new token; a person resumes.
      await shop.must('POST', `/price-changes/${paused.id}/resume`);
      const ended = await until('the rest is applied', () => change(paused.id), ({ state }) => ['applied', 'partially_applied', 'failed', 'paused'].includes(state), 60_000);
      expect(ended.state).toBe('applied');
      expect(await counts()).toEqual({ applied: 30 });
      const written = (await writes(paused.before)).filter(({ actor }) => actor === 'app');
      expect([written.length, new Set(written.map(({ variantId }) => variantId)).size], 'each price was written once').toEqual([30, 30]);
    },
  });
});
