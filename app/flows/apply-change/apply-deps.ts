import type { LayerRole } from '../../domain/pricing/layers.ts';
import type { Way } from '../../domain/pricing/write-way.ts';
import type { BulkOutcome } from '../../ports/bulk-write-store.ts';
import type { BulkWrites } from '../../ports/bulk-write.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { ChannelShop, PriceChannel } from '../../ports/price-channel.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';
import type { Pace } from './pace.ts';
import type { RateWatch } from './watch-rates.ts';

export interface RunApplyDeps {
  readonly uow: UnitOfWork;
  readonly channel: PriceChannel;
  /** Who holds the leases: unique to this process and this run. */
  readonly owner: string;
  readonly leaseMs: number;
  /** Longer than a write that was never answered can take to land. */
  readonly quietMs: number;
  /** Calls to the shop at once. */
  readonly concurrency: number;
  readonly maxAttempts: number;
  readonly random: () => number;
  /** The other way out; without it all goes by calls. */
  readonly bulk?: BulkDeps;
  /** Told of every row that ended, for metrics. */
  readonly countEnding?: (ending: 'applied' | 'settled' | 'conflict' | 'failed') => void;
}

export interface BulkDeps {
  readonly writes: BulkWrites;
  /** Until then, or until the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Takes this way whatever the numbers say: for measuring both. */
  readonly only?: Way;
  /** Told of every choice, and of every operation that ended, for metrics. */
  readonly countWay?: (way: Way) => void;
  readonly countOperation?: (outcome: BulkOutcome, rows: number) => void;
}

/** What one read takes (Shopify: 250 ids). */
export const READ_ROWS = 250;
/** Nothing of a lease may be left to chance: a write starts only if its time-out and this much more fit before the lease ends. */
export const LEASE_MARGIN_MS = 5_000;
/**
 * How long after its intent a write by calls may still go out; what the shop's rate limit holds up for longer goes back and is read again.
 * Whoever comes after a dead worker waits from the end of this for the quiet period, so it is short.
 */
export const SEND_WITHIN_MS = 5_000;

/** One run of one change by one worker. */
export interface ApplyRun {
  readonly deps: RunApplyDeps;
  readonly ctx: FlowContext;
  readonly id: string;
  readonly shop: ChannelShop;
  readonly role: LayerRole;
  readonly signal: AbortSignal;
  readonly watch: RateWatch;
  readonly pace: Pace;
  /** Up to which product was claimed in this round through the change. */
  claimedUpTo: bigint | null;
}
