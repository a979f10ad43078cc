/**
 * Shopify's search syntax (shopify.dev/api/usage/search-syntax) for the `query` argument of connections:
 * terms with an implicit AND, AND, OR, NOT and a leading minus, brackets, `field:value`, comparators, quotes, a trailing `*`.
 * A field that is not built is refused loudly; Shopify would ignore it and answer with everything.
 */
import { GraphQLError } from 'graphql';
import { notSimulated } from './graphql-errors.ts';

export interface Comparison {
  operator: '=' | '>' | '>=' | '<' | '<=';
  value: string;
}

/** How one field of an object is compared. */
export type FieldTest<T> = (item: T, comparison: Comparison) => boolean;

export interface SearchFields<T> {
  fields: Record<string, FieldTest<T>>;
  /** What a bare word is looked for in. */
  text: (item: T) => (string | null)[];
  /** Prefix of the loud refusal, such as `QueryRoot.products(query:)`. */
  where: string;
}

type Predicate<T> = (item: T) => boolean;

/** Compiles a query; null when it is empty and everything matches. */
export function compileSearch<T>(query: string | null | undefined, search: SearchFields<T>): Predicate<T> | null {
  if (!query || query.trim() === '') return null;
  const tokens = tokenize(query);
  const parser = new Parser(tokens, search);
  return parser.parse();
}

const TOKEN = /\s*(\(|\)|(?:-?[\w.]+:)?(?:>=|<=|>|<)?(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|[^\s()]+)/y;

function tokenize(query: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < query.length) {
    const match = TOKEN.exec(query);
    if (!match) break;
    tokens.push(match[1] as string);
  }
  return tokens;
}

class Parser<T> {
  #at = 0;
  readonly #tokens: string[];
  readonly #search: SearchFields<T>;

  constructor(tokens: string[], search: SearchFields<T>) {
    this.#tokens = tokens;
    this.#search = search;
  }

  parse(): Predicate<T> {
    const result = this.#or();
    if (this.#at < this.#tokens.length) throw new GraphQLError(`Invalid search query near '${this.#tokens[this.#at]}'`, { extensions: { code: 'BAD_REQUEST' } });
    return result;
  }

  #or(): Predicate<T> {
    const parts = [this.#and()];
    while (this.#tokens[this.#at] === 'OR') {
      this.#at++;
      parts.push(this.#and());
    }
    return parts.length === 1 ? (parts[0] as Predicate<T>) : (item) => parts.some((part) => part(item));
  }

  #and(): Predicate<T> {
    const parts = [this.#term()];
    for (let token = this.#tokens[this.#at]; token !== undefined && token !== 'OR' && token !== ')'; token = this.#tokens[this.#at]) {
      if (token === 'AND') this.#at++;
      parts.push(this.#term());
    }
    return parts.length === 1 ? (parts[0] as Predicate<T>) : (item) => parts.every((part) => part(item));
  }

  #term(): Predicate<T> {
    const token = this.#tokens[this.#at++];
    if (token === undefined || token === ')') throw new GraphQLError('Invalid search query: a term is missing', { extensions: { code: 'BAD_REQUEST' } });
    if (token === 'NOT') {
      const inner = this.#term();
      return (item) => !inner(item);
    }
    if (token === '(') {
      const inner = this.#or();
      if (this.#tokens[this.#at] === ')') this.#at++;
      return inner;
    }
    if (token.startsWith('-') && token.length > 1) {
      const inner = this.#comparison(token.slice(1));
      return (item) => !inner(item);
    }
    return this.#comparison(token);
  }

  #comparison(token: string): Predicate<T> {
    const match = /^([A-Za-z_][\w.]*):(>=|<=|>|<)?(.*)$/s.exec(token);
    if (!match) {
      const wanted = unquote(token).toLowerCase().replace(/\*$/, '');
      return (item) => this.#search.text(item).some((text) => text?.toLowerCase().includes(wanted));
    }
    const [, field, operator, rest] = match as unknown as [string, string, Comparison['operator'] | undefined, string];
    const test = Object.hasOwn(this.#search.fields, field) ? this.#search.fields[field] : undefined;
    if (!test) throw notSimulated(`${this.#search.where} filter ${field}`);
    const comparison: Comparison = { operator: operator ?? '=', value: unquote(rest) };
    return (item) => test(item, comparison);
  }
}

function unquote(text: string): string {
  const quoted = /^(["'])(.*)\1$/s.exec(text);
  return quoted ? (quoted[2] as string).replace(/\\(.)/g, '$1') : text;
}

function ordered(difference: number, operator: Comparison['operator']): boolean {
  switch (operator) {
    case '=': return difference === 0;
    case '>': return difference > 0;
    case '>=': return difference >= 0;
    case '<': return difference < 0;
    case '<=': return difference <= 0;
  }
}

/** Numbers, and ids given as a number or as a global id. */
export function numberTest<T>(read: (item: T) => number): FieldTest<T> {
  return (item, { operator, value }) => {
    const wanted = value.split(',').map((part) => Number(/(\d+)$/.test(part) && part.startsWith('gid:') ? part.split('/').pop() : part));
    return wanted.some((number) => ordered(read(item) - number, operator));
  };
}

/** Times: "2026-11-22", "2026-11-22T10:00:00Z", "now"; compared to the second, as Shopify stores them. */
export function timeTest<T>(read: (item: T) => number | null, now: () => number): FieldTest<T> {
  return (item, { operator, value }) => {
    const at = read(item);
    const wanted = value === 'now' ? now() : Date.parse(value);
    if (Number.isNaN(wanted)) throw new GraphQLError(`Invalid timestamp for query filter: '${value}'`, { extensions: { code: 'BAD_REQUEST' } });
    return at !== null && ordered(Math.floor(at / 1000) - Math.floor(wanted / 1000), operator);
  };
}

/** Text without regard to case: whole value, prefix with `*`, a comma-separated choice, or `*` for "has any". */
export function textTest<T>(read: (item: T) => string | null | readonly string[]): FieldTest<T> {
  return (item, { value }) => {
    const found = read(item);
    const values = (Array.isArray(found) ? found : [found]).filter((text): text is string => typeof text === 'string' && text !== '');
    if (value === '*') return values.length > 0;
    return value.toLowerCase().split(',').some((wanted) => values.some((text) => {
      const lower = text.toLowerCase();
      return wanted.endsWith('*') ? lower.startsWith(wanted.slice(0, -1)) : lower === wanted;
    }));
  };
}

/** Words of a title: every word of the value must begin a word of the text. */
export function wordsTest<T>(read: (item: T) => string): FieldTest<T> {
  return (item, { value }) => {
    const words = read(item).toLowerCase().split(/[^\p{L}\p{N}]+/u);
    return value.toLowerCase().split(/\s+/).filter(Boolean).every((wanted) => {
      const plain = wanted.replace(/\*$/, '');
      return words.some((word) => (wanted.endsWith('*') ? word.startsWith(plain) : word === plain)) || read(item).toLowerCase().includes(plain);
    });
  };
}
