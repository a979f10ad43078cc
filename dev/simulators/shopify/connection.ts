/** Relay connections over lists that are already in id order: filtering, sorting, cursors. */
import { badRequest } from './graphql-errors.ts';

const MAX_PAGE = 250;
/** Shopify stops paginating after this many objects. */
const MAX_OBJECTS = 25_000;

export interface PageArgs {
  first?: number | null;
  last?: number | null;
  after?: string | null;
  before?: string | null;
  reverse?: boolean | null;
}

export type SortValue = string | number;

export interface PageOptions<T> {
  /** Source, in ascending id order. */
  list: readonly T[];
  id: (item: T) => number | string;
  filter?: ((item: T) => boolean) | null;
  /** Sort value; absent means by id. Ties are broken by id. */
  sort?: ((item: T) => SortValue) | null;
  /** Inside a bulk operation pages are not limited and need no size. */
  unlimited?: boolean;
}

export interface Connection<T> {
  readonly kind: 'Connection';
  nodes: T[];
  cursor: (item: T) => string;
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}

interface Cursor {
  last_id: number | string;
  last_value: SortValue;
}

/** One page of a list. Errors are worded as Shopify words them. */
export function paginate<T>(args: PageArgs, options: PageOptions<T>): Connection<T> {
  const { id, sort, unlimited } = options;
  const value = sort ?? id;
  const cursor = (item: T) => encodeCursor({ last_id: id(item), last_value: value(item) });
  if (unlimited) { // bulk operations ignore the page size, as Shopify does
    return { kind: 'Connection', nodes: arrange(options, args.reverse), cursor, hasNextPage: false, hasPreviousPage: false };
  }
  checkSize(args);
  const arranged = arrange(options, args.reverse);
  const direction = args.reverse ? -1 : 1;
  const compare = (item: T, to: Cursor) => direction * (order(value(item), to.last_value) || order(id(item), to.last_id));
  let start = 0;
  let end = arranged.length;
  if (args.after != null) {
    const after = decodeCursor(args.after);
    start = firstIndex(arranged, (item) => compare(item, after) > 0);
  }
  if (args.before != null) {
    const before = decodeCursor(args.before);
    end = firstIndex(arranged, (item) => compare(item, before) >= 0);
  }
  const from = start;
  const to = end;
  if (args.first != null) end = Math.min(end, start + args.first);
  if (args.last != null) start = Math.max(start, end - args.last);
  if (from >= MAX_OBJECTS) {
    throw badRequest(`Pagination is limited to ${MAX_OBJECTS} objects. To query larger amounts of data, use bulk operations.`);
  }
  return {
    kind: 'Connection', nodes: arranged.slice(start, end), cursor,
    hasNextPage: args.first != null ? end < to : args.before != null,
    hasPreviousPage: args.last != null ? start > from : args.after != null,
  };
}

function checkSize(args: PageArgs): void {
  if (args.first == null && args.last == null) throw badRequest('you must provide one of first or last');
  if (args.first != null && args.last != null) throw badRequest('providing both first and last is not supported');
  const name = args.first != null ? 'first' : 'last';
  const size = (args.first ?? args.last) as number;
  if (size < 0) throw badRequest(`${name} must be a positive number`);
  if (size > MAX_PAGE) {
    throw badRequest(`${name} cannot exceed ${MAX_PAGE}. To query larger amounts of data with fewer limits, bulk operations should be used instead.\nSee https://shopify.dev/api/usage/bulk-operations/queries for usage details.\n`);
  }
}

function arrange<T>({ list, id, filter, sort }: PageOptions<T>, reverse: boolean | null | undefined): T[] {
  const chosen = filter ? list.filter(filter) : list;
  if (!sort && !reverse) return chosen as T[];
  const sorted = [...chosen];
  if (sort) sorted.sort((a, b) => order(sort(a), sort(b)) || order(id(a), id(b)));
  return reverse ? sorted.reverse() : sorted;
}

function order(a: SortValue, b: SortValue): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** First index whose item satisfies a condition that, once true, stays true. */
function firstIndex<T>(items: readonly T[], condition: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (condition(items[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function encodeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64');
}

function decodeCursor(text: string): Cursor {
  try {
    const parsed = JSON.parse(Buffer.from(text, 'base64').toString('utf8')) as Cursor;
    if (parsed.last_id !== undefined && parsed.last_value !== undefined) return parsed;
  } catch {
    // falls through: not a cursor of ours
  }
  throw badRequest('Invalid cursor for current pagination sort.');
}
