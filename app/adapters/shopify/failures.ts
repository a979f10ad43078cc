import type { ChannelFailure } from '../../ports/price-channel.ts';

/** A failure with Shopify's own error code, which stays inside the connector. */
export interface AdminFailure extends ChannelFailure {
  /** `extensions.code` of the first error, or `HTTP_429`, or null. */
  readonly code: string | null;
  /** Whether it is sure that Shopify carried nothing out, so that nothing was charged either. */
  readonly ranNothing: boolean;
}

/** What is known of an exchange that did not end in data. Everything optional is what was never received. */
export interface Evidence {
  readonly isWrite: boolean;
  readonly requestId: string | null;
  /** HTTP status; absent where no answer came. */
  readonly status?: number;
  readonly retryAfter?: string | null;
  /** What fetch or the reading of the answer threw. */
  readonly thrown?: unknown;
  /** The `errors` of a GraphQL answer. */
  readonly errors?: readonly GraphqlError[];
}

export interface GraphqlError {
  readonly message?: unknown;
  /** `requiredAccess` names the scopes that would do, in Shopify's words (ACCESS_DENIED). */
  readonly extensions?: { readonly code?: unknown; readonly requiredAccess?: unknown };
}

/** Connections that were never made: the request cannot have arrived. Codes of Node's net, dns, tls and undici. */
const NEVER_SENT = new Set([
  'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** Errors that Shopify answers before it runs anything. Static validation has codes like `undefinedField`. */
const BEFORE_EXECUTION = new Set([
  'THROTTLED', 'MAX_COST_EXCEEDED', 'ACCESS_DENIED', 'SHOP_INACTIVE', 'PARSE_ERROR', 'BAD_REQUEST', 'INVALID_VARIABLE',
  'MAX_INPUT_SIZE_EXCEEDED', 'SIM_NOT_IMPLEMENTED',
]);
const STATIC_VALIDATION = /^[a-z][A-Za-z]*$/;

/**
 * Sorts what went wrong by what may have happened in the shop; the words are ChannelFailure's.
 * For a read nothing can have happened, so whatever is not about access is `unavailable`. A write whose answer is
 * missing, broken or a server error may have landed: `unknown`.
 */
export function failureOf(evidence: Evidence): AdminFailure {
  const make: Make = (kind, code, detail, retryAfterMs) => ({
    kind: kind !== 'in_doubt' ? kind : evidence.isWrite ? 'unknown' : 'unavailable',
    code,
    ranNothing: kind !== 'in_doubt',
    detail: sanitize(detail),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(evidence.requestId === null ? {} : { requestId: evidence.requestId }),
  });
  const { status, thrown, errors } = evidence;
  if (status === undefined) {
    const code = networkCode(thrown);
    if (code !== null && NEVER_SENT.has(code)) return make('unavailable', code, `No connection to Shopify (${code})`);
    return make('in_doubt', code, isTimeout(thrown) ? 'Shopify did not answer in time' : `The connection to Shopify broke (${code ?? describe(thrown)})`);
  }
  if (status < 200 || status >= 300) return ofStatus(status, evidence, make);
  if (errors && errors.length > 0) return ofErrors(errors, make);
  if (thrown !== undefined) {
    return make('in_doubt', null, isTimeout(thrown) ? 'Shopify did not finish its answer in time' : 'Shopify sent an answer that cannot be read');
  }
  return make('in_doubt', null, 'Shopify sent an answer without data');
}

type Make = (kind: ChannelFailure['kind'] | 'in_doubt', code: string | null, detail: string, retryAfterMs?: number) => AdminFailure;

function ofStatus(status: number, evidence: Evidence, make: Make): AdminFailure {
  const code = `HTTP_${status}`;
  const said = `Shopify answered ${status}`;
  switch (status) {
    case 401:
      return make('unauthorized', code, `${said}: the access token is not valid any more`);
    case 402:
    case 403:
    case 404:
      return make('uninstalled', code, `${said}: the shop is frozen, closed or has removed the app`);
    case 429:
      return make('unavailable', code, `${said}: too many requests`, retryAfterMs(evidence.retryAfter));
    case 408:
      return make('in_doubt', code, said);
  }
  if (status >= 500) return make('in_doubt', code, said);
  // Redirects are not followed (the token would go along), and other refusals of the request ran nothing.
  return make('unavailable', code, said);
}

function ofErrors(errors: readonly GraphqlError[], make: Make): AdminFailure {
  const codes = errors.map((error) => (typeof error.extensions?.code === 'string' ? error.extensions.code : null));
  const text = errors.map((error) => (typeof error.message === 'string' ? error.message : 'error without a message')).join('; ');
  if (codes.includes('THROTTLED')) return make('throttled', 'THROTTLED', text);
  if (codes.includes('ACCESS_DENIED')) return make('unauthorized', 'ACCESS_DENIED', withAccess(text, errors));
  if (codes.includes('SHOP_INACTIVE')) return make('uninstalled', 'SHOP_INACTIVE', text);
  const ranNothing = codes.every((code) => code !== null && (BEFORE_EXECUTION.has(code) || STATIC_VALIDATION.test(code)));
  return make(ranNothing ? 'unavailable' : 'in_doubt', codes[0] ?? null, text);
}

/** What was denied, with the scope that is missing: a person has to grant it. */
function withAccess(text: string, errors: readonly GraphqlError[]): string {
  const named = errors.flatMap(({ extensions }) => (typeof extensions?.requiredAccess === 'string' ? [extensions.requiredAccess] : []));
  const needed = [...new Set(named)].filter((access) => !text.includes(access));
  return needed.length === 0 ? text : `${text} Required access: ${needed.join('; ')}`;
}

/** Retry-After is in seconds (Shopify), at least one, or an HTTP date, for which a second is as good as any. */
function retryAfterMs(header: string | null | undefined): number {
  const seconds = Number(header ?? '');
  return Number.isFinite(seconds) && seconds > 0 ? Math.ceil(seconds * 1000) : 1000;
}

function isTimeout(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.name === 'TimeoutError' || thrown.name === 'AbortError');
}

/** The system's code of a failed fetch, which hides it behind causes. */
function networkCode(thrown: unknown): string | null {
  let error: unknown = thrown;
  for (let depth = 0; depth < 5 && error instanceof Error; depth++) {
    const { code } = error as { code?: unknown };
    if (typeof code === 'string') return code;
    error = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error.cause;
  }
  return null;
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Messages go to logs and health pages: no token, and no longer than needed. */
export function sanitize(text: string): string {
  return text.replace(/shp[a-z]{2,3}_[A-Za-z0-9]+/g, '[token]').slice(0, 500);
}
