import type { CatalogSource, SourceRecord } from '../../app/ports/catalog-source.ts';
import type { ChannelFailure, ChannelShop, LivePrice, PriceChannel, PriceWrite, RowVerdict } from '../../app/ports/price-channel.ts';
import { FakeBulk } from './fake-bulk.ts';
import { partly } from './memory-changes.ts';
import type { Proc, World } from './world.ts';

export interface Price {
  readonly price: bigint;
  readonly compareAt: bigint | null;
}
export const same = (a: Price, b: Price): boolean => a.price === b.price && a.compareAt === b.compareAt;
export const show = (point: Price | null): string => (point === null ? 'nothing' : `${point.price}${point.compareAt === null ? '' : `/${point.compareAt}`}`);

/** One row of one write request, as it was sent; whether and when it lands is the shop's. */
export interface SentRow {
  readonly id: number;
  readonly changeId: string;
  readonly run: string;
  readonly ref: bigint;
  readonly target: Price;
  readonly way: 'calls' | 'bulk';
  readonly sentAt: number;
  /** The latest read of this variant by the same run before it was sent. */
  readonly read: { readonly at: number; readonly saw: Price | null } | null;
  landedAt: number | null;
  /** It can still land. */
  inFlight: boolean;
  outcome: string;
}
/** The shop's own write log. */
export interface ShopWrite {
  readonly at: number;
  readonly ref: bigint;
  readonly before: Price;
  readonly after: Price;
  readonly actor: 'app' | 'merchant' | 'other app';
  readonly sent: SentRow | null;
}
interface ShopVariant extends Price {
  readonly ref: bigint;
  readonly productRef: bigint;
  readonly updatedAt: string;
}
type Storm = 'throttled' | 'unavailable' | null;
type Answer = { readonly ok: true; readonly verdicts: Map<bigint, RowVerdict> } | { readonly ok: false; readonly failure: ChannelFailure };

export const LATEST_LANDING_MS = 40_000;
const WRITE_TIMEOUT_MS = 24_000;
const WRITE_FAULTS = {
  throttled: 4, 'http 429': 2, 'http 503': 3, 'http 500': 1, 'connect time-out': 2, 'request lost': 3, 'time-out after write': 6, 'late landing': 10, '502 after write': 3, 'partial userErrors': 3,
  'userErrors with data null': 2, 'answer without a row': 2, 'malformed JSON': 2, 'slow body': 2,
} as const;
const READ_FAULTS = { throttled: 4, 'http 503': 3, 'connect time-out': 2, 'malformed JSON': 1 } as const;

/** A shop that keeps its own log of what really happened. Effect and answer of a write are two events. */
export class FakeShop {
  readonly domain: string;
  readonly tenantId: string;
  readonly variants = new Map<bigint, ShopVariant>();
  readonly initial = new Map<bigint, Price>();
  readonly log: ShopWrite[] = [];
  readonly sent: SentRow[] = [];
  readonly deleted = new Map<bigint, number>();
  readonly archived = new Set<bigint>();
  readonly reads = new Map<string, { at: number; saw: Price | null }>();
  /** Requests for rows of a change that failed without a verdict, throttling aside: what may count as attempts. */
  readonly unanswered = new Map<string, number>();
  readonly refusals = new Set<string>();
  /** Why it refuses every request, if it does. */
  revoked: string | null = null;
  /** The app was removed: that is why. */
  left = false;
  /** It was closed to us for a while: what webhooks told then could not be asked about, and the next comparison of the catalog finds it. */
  wasShut = false;
  /** Requests so far. */
  calls = 0;
  storm: Storm = null;
  changed: (productRef: bigint) => void = () => undefined;
  /** What holds up the writes of a change in our database now: which pause or stop; null where nothing does. */
  heldUp: (changeId: string) => string | null = () => null;
  readonly bulk: FakeBulk;
  readonly #world: World;
  readonly #writeFaults: Record<keyof typeof WRITE_FAULTS, number>;

  constructor(world: World, domain: string, tenantId: string) {
    this.#world = world;
    this.#writeFaults = Object.fromEntries(Object.entries(WRITE_FAULTS).map(([name, weight]) => [name, weight * world.rate(name) + 0.01])) as Record<keyof typeof WRITE_FAULTS, number>;
    this.bulk = new FakeBulk(world, this);
    this.domain = domain;
    this.tenantId = tenantId;
  }

  #stamp(): string {
    return new Date(Math.floor(this.#world.now / 1000) * 1000).toISOString();
  }

  stock(ref: bigint, productRef: bigint, point: Price): void {
    this.variants.set(ref, { ref, productRef, ...point, updatedAt: this.#stamp() });
    this.initial.set(ref, point);
  }

  priceOf(ref: bigint): Price | null {
    const variant = this.variants.get(ref);
    return variant ? { price: variant.price, compareAt: variant.compareAt } : null;
  }

  edit(ref: bigint, point: Price, sent: SentRow | null = null, by: 'merchant' | 'other app' = 'merchant'): boolean {
    const variant = this.variants.get(ref);
    if (!variant) return false;
    const actor = sent ? 'app' : by;
    this.log.push({ at: this.#world.now, ref, before: this.priceOf(ref)!, after: point, actor, sent });
    this.#world.say('shop', () => `${actor} ${sent ? `${sent.run} ` : ''}writes v${ref}: ${show(variant)} → ${show(point)}${sent ? ` (change ${sent.changeId.slice(0, 8)})` : ''}`);
    this.#world.count(actor === 'app' ? 'writes' : actor === 'merchant' ? 'merchant edits' : 'edits by another app');
    this.variants.set(ref, { ...variant, ...point, updatedAt: this.#stamp() });
    this.changed(variant.productRef);
    return true;
  }

  remove(ref: bigint): void {
    const variant = this.variants.get(ref);
    if (!variant) return;
    this.variants.delete(ref);
    this.deleted.set(ref, this.#world.now);
    this.#world.count('fault variant deleted');
    this.#world.say('shop', () => `merchant deletes v${ref}`);
    this.changed(variant.productRef);
  }

  /** Its prices can still be written; the webhook says what it is now. */
  archive(): void {
    const variant = this.#world.chance.of([...this.variants.values()]);
    if (!variant || this.archived.has(variant.productRef)) return;
    this.archived.add(variant.productRef);
    this.#world.count('fault product archived');
    this.changed(variant.productRef);
  }

  live(ref: bigint): LivePrice | null {
    const variant = this.variants.get(ref);
    return variant ? { price: variant.price, compareAt: variant.compareAt, updatedAt: variant.updatedAt } : null;
  }

  /** The way to this shop of one run of one change, so that the log can say whose write it was. */
  channel(proc: Proc, changeId: string, run: string): PriceChannel {
    return {
      maxRowsPerWrite: 250, writeTimeoutMs: WRITE_TIMEOUT_MS,
      read: (shop, refs) => this.#world.during(proc, 'reading prices', (async (): Promise<Awaited<ReturnType<PriceChannel['read']>>> => {
        this.mine(shop);
        const world = this.#world;
        const fault = this.storm ?? (world.faultsOn && world.chance.happens(0.05) ? world.chance.weighed(READ_FAULTS) : null);
        await this.#there(proc, world.chance.between(10, 900));
        if (fault !== null || this.revoked !== null) {
          const failure = this.#failure(fault ?? 'revoked', 'read');
          this.missed(changeId, refs, failure);
          await world.sleep(proc, fault === 'connect time-out' ? 10_000 : 5);
          return { ok: false, failure };
        }
        const value = new Map(refs.map((ref) => [ref, this.live(ref)]));
        for (const ref of refs) this.reads.set(`${run}|${ref}`, { at: world.now, saw: this.priceOf(ref) });
        if (world.ambush) await world.reach(proc, 'before the answer to a read');
        await world.sleep(proc, world.chance.between(5, 400));
        return { ok: true, requestId: `r${world.events}`, value };
      })()),
      write: (shop, _productRef, rows, deadline) => this.#world.during(proc, 'writing prices', (async (): Promise<Awaited<ReturnType<PriceChannel['write']>>> => {
        this.mine(shop);
        const world = this.#world;
        // Its turn in the rate limit; what cannot go out in time is not sent.
        if (world.chance.happens(0.3)) await world.sleep(proc, world.chance.between(10, 8_000));
        if (world.ambush) await world.reach(proc, 'before a request goes out');
        if (world.clock(proc)() > deadline) return { ok: false, failure: { kind: 'throttled', detail: 'no turn before the deadline', retryAfterMs: 500 } };
        const answer = await this.#send(proc, changeId, run, rows);
        return answer.ok ? { ok: true, requestId: `w${world.events}`, value: answer.verdicts } : answer;
      })()),
    };
  }

  /** The shop's catalog for webhooks that need it. */
  source(proc: Proc): CatalogSource {
    return partly<CatalogSource>('source', {
      products: async (_shop, refs) => {
        await this.#there(proc, this.#world.chance.between(20, 900));
        if (this.storm !== null || this.revoked !== null) return { ok: false, failure: this.#failure(this.storm ?? 'revoked', 'read') };
        const value = refs.flatMap((ref) => this.records(ref));
        await this.#world.sleep(proc, 20);
        return { ok: true, requestId: null, value };
      },
    });
  }

  records(productRef: bigint): SourceRecord[] {
    const variants = [...this.variants.values()].filter((variant) => variant.productRef === productRef);
    if (variants.length === 0) return [];
    return [
      { kind: 'product', ref: productRef, title: `Product ${productRef}`, handle: '', vendor: '', productType: '', status: this.archived.has(productRef) ? 'ARCHIVED' : 'ACTIVE', tags: [], createdAt: null, publishedAt: null, updatedAt: this.#stamp() },
      ...variants.map(({ ref, price, compareAt, updatedAt }, index): SourceRecord => ({
        kind: 'variant', ref, productRef, position: index + 1, title: 'Only', sku: `S-${ref}`, barcode: '', price, compareAt, cost: undefined, inventoryQuantity: null, options: {}, inventoryItemRef: null, updatedAt,
      })),
    ];
  }

  /** Whether token, shop and tenant agree. */
  mine({ tenantId, shopDomain, currencyCode }: ChannelShop): void {
    this.calls++;
    if (tenantId !== this.tenantId || shopDomain !== this.domain || currencyCode !== 'USD') this.#world.wrong(`I9 a request for ${shopDomain} came with the token of ${this.domain}`);
  }

  /** A request reaches the shop when it does, whether its sender lives by then or not; the sender goes on when it is answered. */
  #there(proc: Proc, ms: number): Promise<void> {
    return this.#world.sleep(proc, ms);
  }

  /** Why a request of the bulk way fails now, if it does. */
  trouble(probability: number): ChannelFailure | null {
    if (this.revoked !== null) return this.#failure('revoked', 'read');
    const fault = this.storm ?? (this.#world.faultsOn && this.#world.chance.happens(probability) ? 'http 503' : null);
    return fault === null ? null : this.#failure(fault, 'read');
  }

  /** A row of a write, as it was sent. */
  note(changeId: string, run: string, { variantRef, price, compareAt }: PriceWrite, { sentAt, read, outcome }: Pick<SentRow, 'sentAt' | 'read' | 'outcome'>): SentRow {
    const row: SentRow = { id: this.sent.length, changeId, run, ref: variantRef, target: { price, compareAt }, way: 'bulk', sentAt, read, landedAt: null, inFlight: false, outcome };
    this.sent.push(row);
    return row;
  }

  /** It lands now, or never. Answers whether the shop has its price. */
  arrive(row: SentRow, lands: boolean): boolean {
    row.inFlight = false;
    if (!lands || !this.edit(row.ref, row.target, row)) return false;
    row.landedAt = this.#world.now;
    return true;
  }

  #failure(kind: string, what: 'read' | 'write'): ChannelFailure {
    if (kind === 'throttled') return { kind: 'throttled', detail: 'THROTTLED', retryAfterMs: this.storm ? this.#world.chance.between(1_000, 6_000) : this.#world.chance.between(200, 2_000) };
    if (kind === 'http 429') return { kind: 'throttled', detail: '429', retryAfterMs: 2_000 };
    if (kind === 'revoked') return { kind: this.left ? 'uninstalled' : 'unauthorized', detail: this.revoked ?? 'The token was revoked' };
    if (what === 'read' || kind === 'http 503' || kind === 'connect time-out' || kind === 'unavailable') return { kind: 'unavailable', detail: kind };
    return { kind: 'unknown', detail: kind };
  }

  missed(changeId: string, refs: readonly bigint[], failure: ChannelFailure): void {
    if (failure.kind !== 'unknown' && failure.kind !== 'unavailable') return;
    for (const ref of refs) this.unanswered.set(`${changeId}|${ref}`, (this.unanswered.get(`${changeId}|${ref}`) ?? 0) + 1);
  }

  async #send(proc: Proc, changeId: string, run: string, rows: readonly PriceWrite[]): Promise<Answer> {
    const world = this.#world;
    const { chance } = world;
    const chosen = this.storm ?? (world.faultsOn && chance.happens(0.3) ? chance.weighed(this.#writeFaults) : null);
    if (chosen) world.count(`fault ${chosen}`);
    const sent = rows.map(({ variantRef, price, compareAt }): SentRow => ({
      id: this.sent.length, changeId, run, ref: variantRef, target: { price, compareAt }, way: 'calls', sentAt: world.now, read: this.reads.get(`${run}|${variantRef}`) ?? null, landedAt: null, inFlight: false, outcome: chosen ?? 'answered',
    }));
    this.sent.push(...sent);
    world.say(proc.name, () => `sends ${sent.map((row) => `v${row.ref}→${show(row.target)}`).join(' ')}${chosen ? ` [${chosen}]` : ''}`);
    const fails = (after: number, failure: ChannelFailure): Promise<Answer> => {
      this.missed(changeId, rows.map((row) => row.variantRef), failure);
      return world.sleep(proc, after).then(() => ({ ok: false, failure }));
    };
    const unknown: ChannelFailure = { kind: 'unknown', detail: chosen ?? 'time-out' };
    switch (chosen) {
      case 'throttled': case 'http 429': case 'http 503': case 'unavailable': return fails(chance.between(20, 400), this.#failure(chosen, 'write'));
      case 'connect time-out': return fails(10_000, this.#failure(chosen, 'write'));
      case 'http 500': return fails(chance.between(20, 2_000), unknown);
      case 'request lost': return fails(WRITE_TIMEOUT_MS, unknown);
      case 'time-out after write': case 'late landing': {
        this.#land(sent, chosen === 'late landing' ? chance.between(WRITE_TIMEOUT_MS, LATEST_LANDING_MS - 1) : chance.between(10, WRITE_TIMEOUT_MS));
        return fails(WRITE_TIMEOUT_MS, unknown);
      }
      default:
    }
    const refused = new Set<bigint>();
    if (chosen === 'userErrors with data null') for (const row of sent) refused.add(row.ref);
    if (chosen === 'partial userErrors') refused.add(chance.of(sent).ref);
    const landing = sent.filter((row) => !refused.has(row.ref));
    const takes = chance.between(20, 1_500);
    if (world.ambush) void world.reach(proc, 'before a write lands');
    const verdicts = new Map<bigint, RowVerdict>();
    let unauthorized = false;
    this.#land(landing, takes, () => {
      if (this.revoked !== null) unauthorized = true;
      return !unauthorized;
    }, (row) => verdicts.set(row.ref, row.landedAt === null
      ? this.refuse(changeId, row.ref, 'PRODUCT_VARIANT_DOES_NOT_EXIST', 'This variant does not exist') : { kind: 'written', live: this.live(row.ref)! }));
    for (const ref of refused) verdicts.set(ref, this.refuse(changeId, ref, 'INVALID', 'Price is not valid'));
    const answered = takes + chance.between(5, 600);
    const stoppedLong = () => proc.pausedUntil > 0 && world.now > sent[0]!.sentAt + WRITE_TIMEOUT_MS;
    await world.sleep(proc, answered);
    if (world.ambush) await world.reach(proc, 'before the answer to a write');
    if (unauthorized) return { ok: false, failure: this.#failure('revoked', 'write') };
    if (chosen === '502 after write' || chosen === 'malformed JSON') return fails(1, unknown);
    if (chosen === 'slow body') return fails(WRITE_TIMEOUT_MS - Math.min(answered, WRITE_TIMEOUT_MS), unknown);
    // A process that was stopped for longer than its time-out finds timer and answer at once.
    if (stoppedLong() && chance.happens(0.5)) return fails(0, unknown);
    if (chosen === 'answer without a row') verdicts.delete(chance.of(sent).ref);
    // Read back later than the write: somebody may have been there in between.
    if (chance.happens(0.2)) for (const [ref, verdict] of verdicts) if (verdict.kind === 'written' && this.live(ref)) verdicts.set(ref, { kind: 'written', live: this.live(ref)! });
    return { ok: true, verdicts };
  }

  refuse(changeId: string, ref: bigint, code: string, message: string): RowVerdict {
    this.refusals.add(`${changeId}|${ref}`);
    return { kind: 'refused', code, message };
  }

  #land(rows: readonly SentRow[], ms: number, may: () => boolean = () => true, told: (row: SentRow) => void = () => undefined): void {
    for (const row of rows) row.inFlight = true;
    this.#world.after(ms, () => {
      const goes = may();
      for (const row of rows) {
        row.inFlight = false;
        if (goes && this.edit(row.ref, row.target, row)) row.landedAt = this.#world.now;
        told(row);
      }
    });
  }
}
