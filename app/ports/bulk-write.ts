import type { ChannelFailure, ChannelResult, ChannelShop, PriceWrite, RowVerdict } from './price-channel.ts';

/** Prices of one product: one line of what is uploaded, and one of the result. */
export interface BulkLine {
  readonly productRef: bigint;
  readonly rows: readonly PriceWrite[];
}

/** What an operation did with one line, counted from 0. A row without a verdict is in doubt, as after `unknown`. */
export type LineVerdict = { readonly line: number } & (
  | { readonly ok: true; readonly verdicts: ReadonlyMap<bigint, RowVerdict> }
  | { readonly ok: false; readonly failure: ChannelFailure });

/**
 * running: not over, or being cancelled · ended: nothing more is written. `url` is where the result is, the part of it that there is
 * where it did not complete, null where there is none. `lines` is how many lines it worked on, null where the channel does not say.
 */
export type BulkStatus =
  | { readonly state: 'running'; readonly lines: number }
  | { readonly state: 'ended'; readonly how: 'completed' | 'cancelled' | 'failed' | 'expired'; readonly detail: string | null; readonly url: string | null; readonly lines: number | null; readonly ranMs: number | null };

/** What the rate limit leaves and what things cost of it, for choosing a way. Points are the channel's. */
export interface WriteBudget {
  readonly available: number;
  readonly restoreRate: number;
  readonly latencyMs: number;
  /** Of a read, and of a write of one product, of so many rows. */
  readonly readPoints: (rows: number) => number;
  readonly writePoints: (rows: number) => number;
}

/** The result of an operation cannot be had, or not to its end. */
export class ResultUnreadable extends Error {
  override readonly name = 'ResultUnreadable';
}

/**
 * Prices out by bulk operations, of the shop's own prices. `name` tells one operation from all others and is found again in what the
 * channel keeps of it. Failures are as those of PriceChannel; times out by itself.
 */
export interface BulkWrites {
  /** Operations that a shop runs at once. */
  readonly maxAtOnce: number;
  /** A start that is not answered by then counts as unknown. Milliseconds. */
  readonly startTimeoutMs: number;
  /** Asks the shop once where nothing is known yet; null where it does not answer. */
  budget(shop: ChannelShop): Promise<WriteBudget | null>;
  /** Puts the lines where an operation finds them. Writes no price. */
  upload(shop: ChannelShop, name: string, lines: readonly BulkLine[]): Promise<ChannelResult<{ readonly path: string }>>;
  /** Starts writing, once. May wait for the rate limit, at most until `deadline`. `throttled` where the shop runs as many as it may. */
  start(shop: ChannelShop, name: string, path: string, deadline: Date): Promise<ChannelResult<{ readonly operationRef: string }>>;
  /** The operation of this name that was made after `since`; null where there is none. */
  find(shop: ChannelShop, name: string, since: Date): Promise<ChannelResult<string | null>>;
  /** Null where the channel does not know it any more. */
  status(shop: ChannelShop, operationRef: string): Promise<ChannelResult<BulkStatus | null>>;
  /** Asks for it to end; `status` says when it has. One that is over already stays as it is. */
  cancel(shop: ChannelShop, operationRef: string): Promise<ChannelResult<null>>;
  /** Line by line, in any order. Throws ResultUnreadable. */
  result(shop: ChannelShop, url: string, lines: readonly BulkLine[]): AsyncIterable<LineVerdict>;
}
