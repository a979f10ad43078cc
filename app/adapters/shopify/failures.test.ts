import { describe, expect, it } from 'vitest';
import { failureOf, sanitize } from './failures.ts';
import type { Evidence } from './failures.ts';

const fetchFailed = (code: string) => new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
const timeout = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
const graphql = (code?: string) => [{ message: 'said Shopify', ...(code ? { extensions: { code } } : {}) }];

/** What became of a read and of a write. */
function kinds(evidence: Omit<Evidence, 'isWrite' | 'requestId'>): string[] {
  return [false, true].map((isWrite) => failureOf({ ...evidence, isWrite, requestId: null }).kind);
}

describe('failureOf', () => {
  it.each(['ECONNREFUSED', 'ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT', 'CERT_HAS_EXPIRED'])('knows that nothing was sent after %s', (code) => {
    expect(kinds({ thrown: fetchFailed(code) })).toEqual(['unavailable', 'unavailable']);
  });

  it('finds the code where every address of a host refused', () => {
    const all = new AggregateError([Object.assign(new Error('no'), { code: 'ECONNREFUSED' })]);
    expect(kinds({ thrown: new TypeError('fetch failed', { cause: all }) })).toEqual(['unavailable', 'unavailable']);
  });

  it.each([
    ['a time-out', { thrown: timeout }],
    ['a connection that broke', { thrown: fetchFailed('ECONNRESET') }],
    ['an answer that broke off', { status: 200, thrown: fetchFailed('UND_ERR_SOCKET') }],
    ['an answer that is no JSON', { status: 200, thrown: new SyntaxError('Unexpected token') }],
    ['an answer without data', { status: 200 }],
    ['500', { status: 500 }],
    ['502', { status: 502 }],
    ['503', { status: 503 }],
    ['an internal error in 200', { status: 200, errors: graphql('INTERNAL_SERVER_ERROR') }],
    ['an error without a code', { status: 200, errors: graphql() }],
  ])('leaves a write in doubt after %s', (_, evidence) => {
    expect(kinds(evidence)).toEqual(['unavailable', 'unknown']);
  });

  it.each([
    ['429', { status: 429, retryAfter: '2.0' }, 'unavailable'],
    ['a redirect', { status: 302 }, 'unavailable'],
    ['401', { status: 401 }, 'unauthorized'],
    ['402', { status: 402 }, 'uninstalled'],
    ['403', { status: 403 }, 'uninstalled'],
    ['404', { status: 404 }, 'uninstalled'],
    ['THROTTLED', { status: 200, errors: graphql('THROTTLED') }, 'throttled'],
    ['ACCESS_DENIED', { status: 200, errors: graphql('ACCESS_DENIED') }, 'unauthorized'],
    ['MAX_COST_EXCEEDED', { status: 200, errors: graphql('MAX_COST_EXCEEDED') }, 'unavailable'],
    ['a document that does not fit the schema', { status: 200, errors: graphql('undefinedField') }, 'unavailable'],
  ])('knows that nothing happened after %s', (_, evidence, kind) => {
    expect(kinds(evidence)).toEqual([kind, kind]);
    expect(failureOf({ ...evidence, isWrite: true, requestId: null }).ranNothing).toBe(true);
  });

  it('reads Retry-After as seconds', () => {
    expect(failureOf({ isWrite: true, requestId: 'r-1', status: 429, retryAfter: '2.5' })).toMatchObject({ retryAfterMs: 2_500, requestId: 'r-1' });
    expect(failureOf({ isWrite: true, requestId: null, status: 429, retryAfter: null }).retryAfterMs).toBe(1_000);
  });

  it('shows no token', () => {
    expect(sanitize('token shpat_0123abc and shprt_9f and shpca_A')).toBe('token [token] and [token] and [token]');
  });
});
