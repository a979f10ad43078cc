import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { createLogger, withContext } from './logger.ts';
import type { Logger } from './logger.ts';

const SECRETS = {
  access: 'shpat_0123456789abcdef0123456789abcdef',
  refresh: 'shprt_fedcba9876543210fedcba9876543210',
  shared: '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',
  ours: 'cal_Zm9vYmFyYmF6cXV4LWZvb2Jhcg',
  jwt: 'eyJhbGciOiJIUzI1NiJ9.eyJkZXN0IjoiaHR0cHMifQ.c2lnbmF0dXJl',
  cloak: `k1.aesgcm256.${'A'.repeat(43)}=`,
  amazon: 'Atzr|IwEBIexampleexample',
};
const API_SECRET = 'plain-looking-"api"-secret';

function capture(run: (log: Logger) => void): { line: string; fields: Record<string, unknown> } {
  const lines: string[] = [];
  run(createLogger({ level: 'trace', service: 'app', secrets: [API_SECRET], destination: { write: (line) => void lines.push(line) } }));
  expect(lines).toHaveLength(1);
  const line = lines[0] ?? '';
  return { line, fields: JSON.parse(line) as Record<string, unknown> };
}

function expectClean(line: string, ...more: string[]): void {
  for (const secret of [...Object.values(SECRETS), API_SECRET, JSON.stringify(API_SECRET).slice(1, -1), ...more]) expect(line).not.toContain(secret);
}

describe('a log line', () => {
  it('is one JSON object with level, time, service and message', () => {
    const { line, fields } = capture((log) => log.info({ rows: 3, amount: 12n }, 'Catalog synced'));
    expect(line).toMatch(/^[^\n]+\n$/);
    expect(fields).toMatchObject({ level: 'info', service: 'app', rows: 3, amount: '12', msg: 'Catalog synced' });
    expect(new Date(String(fields['time'])).toISOString()).toBe(fields['time']);
  });

  it('carries request, correlation and tenant id', () => {
    const context = { requestId: 'request-1', correlationId: 'correlation-1', tenantId: 'tenant-1' };
    expect(capture((log) => withContext(log, context).warn({}, 'Throttled')).fields).toMatchObject(context);
  });

  it('stays JSON when fields named like secrets hold something else', () => {
    const { fields } = capture((log) => log.child({ token: null }).child({ password: 'in a grandchild' }).info({ cookie: null, authorization: 5, secret: { a: 1 }, list: ['cookie', true, null] }, 'x'));
    expect(fields).toMatchObject({ token: null, password: '[redacted]', cookie: null, authorization: 5, secret: '[redacted]', list: ['cookie', true, null] });
  });

  it('is left out below the level', () => {
    const lines: string[] = [];
    createLogger({ level: 'warn', service: 'app', destination: { write: (line) => void lines.push(line) } }).info({}, 'nothing');
    expect(lines).toEqual([]);
  });

  it('keeps what helps: ids, database roles, hosts, counts of tokens', () => {
    const { line } = capture((log) => log.info({ role: 'cal_dispatcher', tokenId: 'b7c1', tokens: 5, url: 'postgresql://cal_app:pw@db:5432/calibrate', shop: 'demo.myshopify.com' }, 'Ready'));
    for (const kept of ['cal_dispatcher', 'b7c1', '"tokens":5', 'postgresql://cal_app:', '@db:5432/calibrate', 'demo.myshopify.com']) expect(line).toContain(kept);
    expect(line).not.toContain(':pw@');
  });
});

describe('no secret passes', () => {
  it('in a message', () => {
    for (const secret of Object.values(SECRETS)) expectClean(capture((log) => log.info({}, `sent ${secret} to the shop`)).line);
    expectClean(capture((log) => log.info(`only a message ${SECRETS.access}`)).line);
    expectClean(capture((log) => log.info({}, `the secret is ${API_SECRET}`)).line);
  });

  it('in a formatted argument', () => {
    expectClean(capture((log) => log.info('sent %s and %o', SECRETS.access, { deep: SECRETS.ours })).line);
  });

  it('in the names and values of nested fields', () => {
    const { line } = capture((log) => log.info({ a: { b: [{ c: SECRETS.access }, `x ${SECRETS.ours} y`] }, [SECRETS.refresh]: API_SECRET, map: new Map([['k', SECRETS.jwt]]), set: new Set([SECRETS.cloak]) }, 'x'));
    expectClean(line);
  });

  it.each([
    'authorization', 'Authorization', 'cookie', 'Set-Cookie', 'x-shopify-access-token', 'accessToken', 'access_token', 'refreshToken', 'apiSecret', 'SHOPIFY_API_SECRET',
    'client_secret', 'password', 'PGPASSWORD', 'encryptionKeys', 'cronSecret', 'sessionToken', 'X-Shopify-Hmac-Sha256', 'token',
  ])('in a field called %s, whatever its shape', (name) => {
    const secret = 'no shape at all';
    expectClean(capture((log) => log.info({ request: { headers: { [name]: secret } } }, 'x')).line, secret);
    expectClean(capture((log) => log.info({ request: { headers: { [name]: [secret] } } }, 'x')).line, secret);
    expectClean(capture((log) => log.info({ rawHeaders: ['Host', 'x', name, secret] }, 'x')).line, secret);
    expectClean(capture((log) => log.child({ [name]: secret }).info({}, 'x')).line, secret);
  });

  it('in Headers and addresses', () => {
    const { line } = capture((log) =>
      log.info({ headers: new Headers({ cookie: 'session=abc', authorization: 'Bearer qwertyuiop' }), url: new URL('https://app.example/?shop=a.myshopify.com&hmac=0a0b0c&id_token=abc.def') }, 'x'),
    );
    expectClean(line, 'session=abc', 'qwertyuiop', '0a0b0c', 'abc.def');
    expect(line).toContain('a.myshopify.com');
  });

  it('in an error, its cause, its properties and the errors it gathers', () => {
    const cause = Object.assign(new Error(`401 for ${SECRETS.access}`), { config: { headers: { Authorization: 'Bearer abcdefghijk' } } });
    const inner = Object.assign(new AggregateError([new Error(SECRETS.refresh)], 'several'), { request: { cookie: 'session=abc' } });
    const error = Object.assign(new Error(`cannot reach postgresql://cal_app:hunter22@db/calibrate with ${API_SECRET}`, { cause }), { inner, self: null as unknown });
    error.self = error;
    const { line, fields } = capture((log) => log.error({ err: error }, 'Failed'));
    expectClean(line, 'hunter22', 'abcdefghijk', 'session=abc');
    expect(fields['err']).toMatchObject({ type: 'Error', cause: { message: expect.stringContaining('401') }, self: '[circular]' });
    expectClean(capture((log) => log.error(error)).line, 'hunter22', 'abcdefghijk', 'session=abc');
    expectClean(capture((log) => log.error({ error, reason: cause }, 'x')).line, 'hunter22', 'abcdefghijk', 'session=abc');
  });

  it('in a text that is JSON inside', () => {
    const body = JSON.stringify({ access_token: SECRETS.access, headers: { Cookie: 'session=abc' }, list: [SECRETS.jwt] });
    expectClean(capture((log) => log.info({ body }, `answer ${body}`)).line, 'session=abc');
    expectClean(capture((log) => log.info({}, 'GET / HTTP/1.1\r\nCookie: session=abc\r\nHost: x')).line, 'session=abc');
  });

  it('whatever surrounds it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.constantFrom(...Object.values(SECRETS), API_SECRET), fc.integer({ min: 0, max: 5 }), (before, after, secret, depth) => {
        let value: unknown = `${before} ${secret} ${after}`;
        for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? { [`level${level}`]: value } : [value];
        const { line } = capture((log) => log.info({ value }, `${before} ${secret}`));
        expectClean(line);
      }),
      { numRuns: 200 },
    );
  });
});
