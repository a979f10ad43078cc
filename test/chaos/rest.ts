import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

export type Json = any; // eslint-disable-line @typescript-eslint/no-explicit-any -- answers are read as a client without types would

/** A worker that was stopped in the middle of a transaction holds its locks for up to a minute. */
const PATIENCE_MS = 120_000;

/** The REST API as a client uses it that means it: the same request, with the same Idempotency-Key, until it is answered. */
export function restApi(apiUrl: string, token: string) {
  async function call(method: string, path: string, body?: unknown): Promise<Json> {
    const key = randomUUID();
    let last = '';
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(250)) {
      try {
        const response = await fetch(`${apiUrl}${path}`, {
          method, signal: AbortSignal.timeout(20_000), ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(method === 'POST' ? { 'idempotency-key': key } : {}) },
        });
        const text = await response.text();
        last = `${response.status} ${text.slice(0, 500)}`;
        if (response.ok) return text === '' ? null : JSON.parse(text);
        // request_running: the first request with this key was broken off, and the app frees the key when it has its database again.
        if (response.status < 500 && response.status !== 429 && !/request_running/.test(text)) throw new Refused(`${method} ${path}: ${last}`);
      } catch (error) {
        if (error instanceof Refused) throw error;
        last = error instanceof Error ? error.message : String(error);
      }
    }
    throw new Error(`${method} ${path} was not answered for ${PATIENCE_MS / 1_000} s: ${last}`);
  }
  return {
    get: (path: string) => call('GET', path),
    post: (path: string, body?: unknown) => call('POST', path, body),
    async all(path: string): Promise<Json[]> {
      const rows: Json[] = [];
      for (let cursor: string | null = null; ;) {
        const page: Json = await call('GET', `${path}?limit=200${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
        rows.push(...page.data);
        cursor = page.nextCursor;
        if (cursor === null) return rows;
      }
    },
    async until(what: string, path: string, holds: (body: Json) => boolean, limitMs: number): Promise<Json> {
      let seen: Json;
      for (const end = Date.now() + limitMs; Date.now() < end; await sleep(250)) {
        seen = await call('GET', path);
        if (holds(seen)) return seen;
      }
      throw new Error(`${what}: not so within ${limitMs} ms; last seen ${JSON.stringify(seen)?.slice(0, 600)}`);
    },
  };
}

export type RestApi = ReturnType<typeof restApi>;

class Refused extends Error {}
