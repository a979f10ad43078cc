import { expect, inject } from 'vitest';

export type Json = any; // eslint-disable-line @typescript-eslint/no-explicit-any -- answers are read as a client without types would

/** What came back: body parsed where it is JSON, the raw text always. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Json;
}

export interface Extras {
  readonly headers?: Record<string, string>;
  /** Sent as it is, in place of a JSON body. */
  readonly raw?: string | Uint8Array;
}

/** One HTTP call; never throws for a status. */
export async function send(method: string, url: string, extras: Extras & { body?: unknown } = {}): Promise<Answer> {
  const body = extras.raw ?? (extras.body === undefined ? undefined : JSON.stringify(extras.body));
  const response = await fetch(url, {
    method, redirect: 'manual', signal: AbortSignal.timeout(60_000),
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...extras.headers },
    ...(body === undefined ? {} : { body: body as BodyInit }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parsed(response.headers.get('content-type'), text) };
}

function parsed(type: string | null, text: string): Json {
  return /json/.test(type ?? '') && text !== '' ? JSON.parse(text) : null;
}

/** The REST API as one caller sees it. */
export class Api {
  readonly token: string | null;

  constructor(token: string | null) {
    this.token = token;
  }

  call(method: string, path: string, body?: unknown, extras: Extras = {}): Promise<Answer> {
    const authorization: Record<string, string> = this.token === null ? {} : { authorization: `Bearer ${this.token}` };
    return send(method, `${inject('app').apiUrl}${path}`, { ...extras, body, headers: { ...authorization, ...extras.headers } });
  }

  /** The body of an answer that must be 2xx. */
  async must(method: string, path: string, body?: unknown, extras: Extras = {}): Promise<Json> {
    const answer = await this.call(method, path, body, extras);
    expect(answer.status, `${method} ${path} answered ${answer.status}: ${answer.text.slice(0, 500)}`).toBeLessThan(300);
    return answer.body;
  }

  get(path: string): Promise<Json> {
    return this.must('GET', path);
  }

  post(path: string, body?: unknown): Promise<Json> {
    return this.must('POST', path, body);
  }

  /** Every row of a list, page by page. */
  async all(path: string, limit = 200): Promise<Json[]> {
    const rows: Json[] = [];
    let cursor: string | null = null;
    do {
      const page: Json = await this.get(`${path}${path.includes('?') ? '&' : '?'}limit=${limit}${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
      rows.push(...page.data);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return rows;
  }
}

/** Asks until it is so. Fails with what was seen last. */
export async function until<T>(what: string, ask: () => Promise<T>, holds: (value: T) => boolean, limitMs = 60_000, everyMs = 150): Promise<T> {
  let last: T | undefined;
  for (const end = Date.now() + limitMs; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, everyMs))) {
    last = await ask();
    if (holds(last)) return last;
  }
  throw new Error(`${what}: not so within ${limitMs} ms; last seen ${JSON.stringify(last)?.slice(0, 1_500)}`);
}
