/**
 * Takes secrets out of anything that is about to be printed. Two ways at once, because each misses what the other sees:
 * by the name of a field (a cookie has no shape) and by the shape of a text (a token may stand inside a message or a stack).
 */
export const REDACTED = '[redacted]';

const SECRET_NAMES = new Set([
  'authorization', 'proxyauthorization', 'cookie', 'cookies', 'setcookie', 'hmac', 'xshopifyhmacsha256', 'encryptionkeys', 'encryptionkey',
  'apikeysecret', 'apisecretkey', 'apisecretprevious', 'credentials', 'passwd',
]);
/** `accessToken`, `x-shopify-access-token`, `api_secret`, `dbPassword`; not `tokenId` or `tokens`. */
const SECRET_ENDING = /(token|secret|password|passphrase|privatekey)$/;

const SHAPES: ReadonlyArray<readonly [RegExp, string]> = [
  // Shopify: access (shpat, shpua, shpca, shppa), refresh (shprt) and shared secrets (shpss).
  [/\bshp[a-z]{2}_[A-Za-z0-9]+/g, `shp_${REDACTED}`],
  // Ours. Database roles (cal_app …) are shorter than any token.
  [/\bcal_[A-Za-z0-9_-]{16,}/g, `cal_${REDACTED}`],
  // Login with Amazon: access, refresh and client secret.
  [/\bAtz[ar]\|[A-Za-z0-9+/=_-]+/g, `Atz|${REDACTED}`],
  [/\bamzn1\.oa2-cs\.[A-Za-z0-9.]+/g, REDACTED],
  // Cloak keys and what they encrypted.
  [/\b[kv]1\.aesgcm256\.[A-Za-z0-9._-]+={0,2}/g, REDACTED],
  // JSON Web Tokens: session tokens of App Bridge.
  [/\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?/g, REDACTED],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=|-]{6,}/gi, `$1 ${REDACTED}`],
  // Passwords inside addresses; the user and the host stay, they help to find what is wrong.
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/?#@"\\]*):[^\s/?#"\\]*@/gi, `$1:${REDACTED}@`],
  // Secrets that Shopify puts into the query of an address.
  [/\b(id_token|session_token|access_token|refresh_token|client_secret|hmac|code|password)=[^&\s"'\\]+/gi, `$1=${REDACTED}`],
];
/** Header lines inside a text, such as a dumped request. Not for whole JSON lines: it would eat what follows a null. */
const HEADER_LINE = /\b((?:set-)?cookie|authorization|x-shopify-access-token)(["'\\]*\s*[:=]\s*["'\\]*)[^"'\\\r\n]+/gi;

function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replace(/[-_.\s]/g, '');
  return SECRET_NAMES.has(plain) || SECRET_ENDING.test(plain);
}

function escapeForJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

export interface Redactor {
  /** Any text without secrets. */
  text(text: string): string;
  /** A finished line of JSON without secrets; still JSON. */
  line(line: string): string;
  /** A deep copy of plain data without secrets; errors become `{type, message, stack, …}`, cycles and great depths end. */
  value(value: unknown): unknown;
}

const DEPTH_MAX = 8;
const ITEMS_MAX = 200;

/** `secrets` are exact texts of this process (API secret, passwords …) to blank wherever they turn up; very short ones are ignored. */
export function createRedactor(secrets: readonly string[] = []): Redactor {
  const exact = [...new Set(secrets.filter((secret) => secret.length >= 6).flatMap((secret) => [secret, escapeForJson(secret), encodeURIComponent(secret)]))]
    // A secret that contains another one must go first.
    .sort((a, b) => b.length - a.length);

  function line(input: string): string {
    let output = input;
    for (const secret of exact) output = output.replaceAll(secret, REDACTED);
    for (const [shape, replacement] of SHAPES) output = output.replace(shape, replacement);
    return output;
  }

  function text(input: string): string {
    return line(input.replace(HEADER_LINE, `$1$2${REDACTED}`));
  }

  function named(name: string, value: unknown, seen: readonly object[]): unknown {
    const blank = isSecretName(name) && value !== null && value !== undefined && typeof value !== 'number' && typeof value !== 'boolean';
    return blank ? REDACTED : walk(value, seen);
  }

  function entries(source: object, seen: readonly object[]): Record<string, unknown> {
    const output: Record<string, unknown> = {};
    for (const [name, inner] of Object.entries(source).slice(0, ITEMS_MAX)) output[text(name)] = named(name, inner, seen);
    return output;
  }

  function walk(value: unknown, seen: readonly object[]): unknown {
    if (typeof value === 'string') return text(value);
    if (typeof value === 'bigint') return value.toString();
    if (typeof value === 'function' || typeof value === 'symbol') return undefined;
    if (typeof value !== 'object' || value === null) return value;
    if (seen.includes(value)) return '[circular]';
    if (seen.length >= DEPTH_MAX) return '[deep]';
    const path = [...seen, value];
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (value instanceof URL) return text(value.href);
    if (value instanceof Error) {
      const { message, stack, cause } = value;
      return {
        ...entries(value, path),
        type: value.name,
        message: text(message),
        ...(stack === undefined ? {} : { stack: text(stack) }),
        ...(cause === undefined ? {} : { cause: walk(cause, path) }),
        ...(value instanceof AggregateError ? { errors: walk(value.errors, path) } : {}),
      };
    }
    if (Array.isArray(value)) {
      // Raw headers come as one list of name, value, name, value.
      return value.slice(0, ITEMS_MAX).map((item, index) => {
        const before: unknown = value[index - 1];
        return index % 2 === 1 && typeof before === 'string' && typeof item === 'string' ? named(before, item, path) : walk(item, path);
      });
    }
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
    if (value instanceof Map || value instanceof Headers || value instanceof URLSearchParams) return entries(Object.fromEntries(value), path);
    if (value instanceof Set) return walk([...value], seen);
    return entries(value, path);
  }

  return { text, line, value: (value) => walk(value, []) };
}
