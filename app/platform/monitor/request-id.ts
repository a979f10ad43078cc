import { randomUUID } from 'node:crypto';

/** Long enough to be one, and nothing that could break a header, a log line or a page. */
const SANE = /^[A-Za-z0-9][A-Za-z0-9._:-]{7,127}$/;

/** The caller's X-Request-Id where it is a sane one, otherwise a new UUID. */
export function requestIdFrom(header: string | null | undefined, newId: () => string = randomUUID): string {
  return header && SANE.test(header) ? header : newId();
}
