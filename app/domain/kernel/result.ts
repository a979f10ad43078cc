/** Outcome of something that may be refused: a value, or a problem to be shown. Bugs and broken infrastructure throw instead. */
export type Result<T, E = Problem> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

/** One place in the input that is wrong. `pointer` is an RFC 6901 JSON pointer into what was sent ("" is the whole of it). */
export interface FieldError {
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
  /** For what is wrong inside of a text: 1 is its first character, counted in UTF-16 units. */
  readonly column?: number;
}

/**
 * Why a request was refused, in words of the domain; `http/` turns it into RFC 9457 problem+json.
 * kind: malformed 400 · forbidden 403 · not_found 404 · conflict 409 · invalid 422 · unavailable 503
 */
export interface Problem {
  readonly kind: 'malformed' | 'forbidden' | 'not_found' | 'conflict' | 'invalid' | 'unavailable';
  /** Stable, snake_case, for programs: `stale_plan`, `illegal_transition`, `invalid_rule` … */
  readonly code: string;
  /** One sentence for a person: what is wrong and what to do. */
  readonly detail: string;
  readonly errors?: readonly FieldError[];
}

export function ok(): Result<void, never>;
export function ok<T>(value: T): Result<T, never>;
export function ok<T>(value?: T): Result<T | undefined, never> {
  return { ok: true, value };
}

export function fail<E = Problem>(error: E): Result<never, E> {
  return { ok: false, error };
}

export function problem(kind: Problem['kind'], code: string, detail: string, errors?: readonly FieldError[]): Result<never> {
  return { ok: false, error: errors ? { kind, code, detail, errors } : { kind, code, detail } };
}
