/**
 * Prices go out by calls, a product each, or by bulk operations, many products each. Which one ends sooner follows from what is left,
 * from what Shopify's rate limit leaves us, and from how fast the shop's bulk operations were.
 */
export type Way = 'calls' | 'bulk';

/** What is known when a way is chosen. Points are Shopify's, of the rate limit; seconds are seconds. */
export interface WayFacts {
  /** Prices that are left to write, and the products that they belong to. */
  readonly rows: number;
  readonly products: number;
  /** Calls to the shop at once. */
  readonly callsAtOnce: number;
  readonly latencySeconds: number;
  /** Points that are there now, and how many come back a second. */
  readonly available: number;
  readonly restoreRate: number;
  /** Calls that a product takes: its write, and its part of a read of several. */
  readonly callsPerProduct: number;
  /** Points of one product's part of a read and of its write; of a read of `readRows` rows, as operations are read by. */
  readonly readProductPoints: number;
  readonly writeProductPoints: number;
  readonly readPoints: number;
  readonly readRows: number;
  readonly operations: OperationPace;
  readonly operationsAtOnce: number;
}

/** How fast one bulk operation is. */
export interface OperationPace {
  readonly startSeconds: number;
  readonly rowsPerSecond: number;
  /** Operations that it was learned from; 0: a guess. */
  readonly learnedFrom: number;
}

export interface WayChoice {
  readonly chosen: Way;
  readonly callsSeconds: number;
  readonly bulkSeconds: number;
  /** Prices in one operation. */
  readonly rowsPerOperation: number;
  /** For people. */
  readonly sentence: string;
}

/** A choice as it is kept on the change; numbers that nothing was known of are null. */
export interface ChosenWay {
  readonly chosen: Way;
  readonly decidedAt: string;
  readonly rows: number;
  readonly products: number;
  readonly callsSeconds: number | null;
  readonly bulkSeconds: number | null;
  readonly rowsPerOperation: number | null;
  readonly sentence: string;
}

/** Nobody publishes how fast a bulk mutation is: this holds until the first one of a shop has ended. */
export const GUESSED_PACE: OperationPace = { startSeconds: 2, rowsPerSecond: 50, learnedFrom: 0 };
/**
 * A price is read before it is written, and what a merchant changes in between is overwritten. From the first read of an operation to
 * its last write no more may pass than passes with a call in the worst case, one whose answer is lost and that lands late: 40 s at most,
 * of which a fourth is kept for what takes longer than thought.
 */
export const WINDOW_SECONDS = 30;
/** An operation that is still writing this long after it was read is cancelled. */
export const LONGEST_WINDOW_SECONDS = 2 * WINDOW_SECONDS;
const LEAST_ROWS = 50;
/** What one worker holds in memory of an operation, and what lies between two looks at what went wrong. */
const MOST_ROWS = 5_000;
/** Fewer rows are never worth an operation: calls are read and written within a second of each other. */
export const FEW_ROWS = 250;
/** By so much an operation has to be quicker: calls are known better, and each is over at once. */
const ADVANTAGE = 1.1;
const ADVANTAGE_SECONDS = 2;
/** Requests that make an operation out of rows: where to upload, the upload, the start. */
const REQUESTS_TO_START = 3;
/** Beyond so many operations the rest is as those before. */
const MOST_PLAYED = 500;

/** What operations that ended did: rows of which Shopify told something, and how long it worked on them. The latest ones, a few. */
export function paceOfOperations(ended: readonly { readonly rows: number; readonly seconds: number }[]): OperationPace {
  const rows = ended.reduce((sum, operation) => sum + operation.rows, 0);
  const { startSeconds } = GUESSED_PACE;
  // Of a short one most may have been the start.
  const seconds = ended.reduce((sum, operation) => sum + Math.max(operation.seconds - startSeconds, operation.seconds / 4), 0);
  // Times are whole milliseconds: less than a part of one was not measured.
  if (seconds < 0.0001) return GUESSED_PACE;
  return { startSeconds, rowsPerSecond: Math.max(rows, 0.1) / seconds, learnedFrom: ended.length };
}

/** How many rows may go into one operation, so that the last of them is written within WINDOW_SECONDS of the first read. */
export function rowsPerOperation(facts: Pick<WayFacts, 'latencySeconds' | 'restoreRate' | 'readPoints' | 'readRows' | 'operations'>): number {
  const { latencySeconds, restoreRate, readPoints, readRows, operations } = facts;
  const readSecondsPerRow = Math.max(readPoints / restoreRate, latencySeconds) / readRows;
  const left = WINDOW_SECONDS - operations.startSeconds - REQUESTS_TO_START * latencySeconds;
  return Math.max(LEAST_ROWS, Math.min(MOST_ROWS, Math.floor(left / (readSecondsPerRow + 1 / operations.rowsPerSecond))));
}

/** Chooses the way that ends sooner, and says why. */
export function chooseWay(facts: WayFacts): WayChoice {
  const perOperation = rowsPerOperation(facts);
  const callsSeconds = secondsByCalls(facts);
  const bulkSeconds = secondsByBulk(facts, perOperation);
  const chosen: Way = facts.rows > FEW_ROWS && bulkSeconds * ADVANTAGE + ADVANTAGE_SECONDS < callsSeconds ? 'bulk' : 'calls';
  const numbers = { callsSeconds: rounded(callsSeconds), bulkSeconds: rounded(bulkSeconds), rowsPerOperation: perOperation };
  return { chosen, ...numbers, sentence: sentenceOf(facts, chosen, numbers) };
}

/** One product is written after another, `callsAtOnce` calls at a time, as fast as the points come back. */
export function secondsByCalls({ products, callsPerProduct, readProductPoints, writeProductPoints, available, restoreRate, latencySeconds, callsAtOnce }: WayFacts): number {
  const byPoints = Math.max(0, products * (readProductPoints + writeProductPoints) - available) / restoreRate;
  const byCalls = (products * callsPerProduct * latencySeconds) / callsAtOnce;
  return Math.max(byPoints, byCalls) + (products > 0 ? 2 * latencySeconds : 0);
}

/** Plays what the worker does: one operation is read and started after another, each as soon as there is room for it. */
export function secondsByBulk(facts: WayFacts, perOperation: number): number {
  const { rows, latencySeconds, restoreRate, available, readPoints, readRows, callsAtOnce, operations, operationsAtOnce } = facts;
  const count = Math.ceil(rows / perOperation);
  if (count === 0) return 0;
  const played = Math.min(count, MOST_PLAYED);
  const ends: number[] = [];
  let now = 0;
  let points = available;
  let pointsAt = 0;
  for (let i = 0; i < played; i += 1) {
    const size = Math.min(perOperation, rows - i * perOperation);
    now = Math.max(now, i < operationsAtOnce ? 0 : ends[i - operationsAtOnce]!);
    const reads = Math.ceil(size / readRows);
    points += (now - pointsAt) * restoreRate - reads * readPoints;
    pointsAt = now;
    // Points that are missing have to come back first.
    now += Math.max(Math.max(0, -points) / restoreRate, Math.ceil(reads / callsAtOnce) * latencySeconds);
    now += REQUESTS_TO_START * latencySeconds;
    // Beside its work one look at how it is and the download of what it did.
    ends.push(now + operations.startSeconds + size / operations.rowsPerSecond + 2 * latencySeconds);
    ends.sort((a, b) => a - b);
  }
  return (ends.at(-1)! * count) / played;
}

function rounded(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}

const count = (n: number): string => Math.round(n).toLocaleString('en-US');

/** `45 seconds`, `3 minutes`, `1 hour 5 minutes`. */
export function durationWords(seconds: number): string {
  const of = (n: number, unit: string): string => `${count(n)} ${unit}${n === 1 ? '' : 's'}`;
  if (seconds < 90) return of(Math.max(1, Math.round(seconds)), 'second');
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return of(minutes, 'minute');
  const rest = minutes % 60;
  return `${of(Math.floor(minutes / 60), 'hour')}${rest === 0 ? '' : ` ${of(rest, 'minute')}`}`;
}

function sentenceOf({ rows, products, restoreRate, operations }: WayFacts, chosen: Way, { callsSeconds, bulkSeconds }: Pick<WayChoice, 'callsSeconds' | 'bulkSeconds'>): string {
  const left = `${count(rows)} ${rows === 1 ? 'price' : 'prices'} of ${count(products)} ${products === 1 ? 'product' : 'products'}`;
  if (rows <= FEW_ROWS) return `By single calls: ${left} are few.`;
  const pace = `${count(operations.rowsPerSecond < 10 ? Math.max(1, operations.rowsPerSecond) : operations.rowsPerSecond)} prices a second each, ${operations.learnedFrom === 0 ? 'a guess until the first has ended' : `as this store's last ${operations.learnedFrom === 1 ? 'one was' : `${operations.learnedFrom} were`}`}`;
  const calls = `single calls take about ${durationWords(callsSeconds)}, as Shopify allows ${count(restoreRate)} points a second`;
  const bulk = `bulk operations about ${durationWords(bulkSeconds)} (${pace})`;
  return chosen === 'bulk' ? `By bulk operations: for ${left} ${calls}, ${bulk}.` : `By single calls: for ${left} ${calls}; ${bulk} would not be quicker.`;
}
