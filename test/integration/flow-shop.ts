import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import { createTenancy } from '../../app/adapters/db/tenancy.ts';
import { createUnitOfWork } from '../../app/adapters/db/unit-of-work.ts';
import { createOutboxLeases } from '../../app/adapters/db/outbox-leases.ts';
import { tenantId as asTenantId } from '../../app/domain/kernel/ids.ts';
import type { ChangeState } from '../../app/domain/pricing/lifecycle.ts';
import type { ItemRow } from '../../app/domain/pricing/change.ts';
import { applyChange } from '../../app/flows/apply-change/control.ts';
import { runApply } from '../../app/flows/apply-change/run-apply.ts';
import type { RunApplyDeps } from '../../app/flows/apply-change/apply-deps.ts';
import { approveChange } from '../../app/flows/approve-change/decide.ts';
import { buildPlan } from '../../app/flows/plan-change/build-plan.ts';
import { createChange } from '../../app/flows/plan-change/create-change.ts';
import { requestPreview } from '../../app/flows/plan-change/request-preview.ts';
import { publishOutbox } from '../../app/flows/publish-outbox/publish-outbox.ts';
import { replayProjection } from '../../app/flows/rebuild-projections/replay-projection.ts';
import type { SourceRecord } from '../../app/ports/catalog-source.ts';
import type { FlowContext } from '../../app/ports/context.ts';
import type { Job, JobQueue } from '../../app/ports/job-queue.ts';
import type { ChannelResult, LivePrice, PriceChannel, PriceWrite, RowVerdict } from '../../app/ports/price-channel.ts';
import type { UnitOfWork } from '../../app/ports/unit-of-work.ts';
import { must } from './must.ts';

export const QUIET_MS = 40_000;
export const LEASE_MS = 60_000;
export const silentLog = { debug() {}, info() {}, warn() {}, error() {} };
const newDigest = () => {
  const hash = createHash('sha256');
  return { update: (text: string) => void hash.update(text), hex: () => hash.digest('hex') };
};

type Read = Awaited<ReturnType<PriceChannel['read']>>;
type Written = Awaited<ReturnType<PriceChannel['write']>>;

/** A shop in memory behind the real port; a test puts something in the way by `onRead` and `onWrite`. */
export class ScriptedShop implements PriceChannel {
  maxRowsPerWrite = 250;
  writeTimeoutMs = 24_000;
  readonly prices = new Map<bigint, { price: bigint; compareAt: bigint | null }>();
  /** Every write that reached the shop, in order. */
  readonly log: { variantRef: bigint; from: bigint; to: bigint }[] = [];
  reads = 0;
  onRead: ((answer: () => Read) => Read | Promise<Read>) | null = null;
  onWrite: ((rows: readonly PriceWrite[], land: (rows: readonly PriceWrite[]) => Written) => Written | Promise<Written>) | null = null;
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  async read(_shop: unknown, refs: readonly bigint[]): Promise<Read> {
    this.reads += 1;
    const answer = (): Read => ({ ok: true, requestId: 'read', value: new Map(refs.map((ref) => [ref, this.live(ref)])) });
    return this.onRead ? this.onRead(answer) : answer();
  }

  async write(_shop: unknown, _productRef: bigint, rows: readonly PriceWrite[]): Promise<Written> {
    const land = (landing: readonly PriceWrite[]): ChannelResult<ReadonlyMap<bigint, RowVerdict>> => {
      for (const { variantRef, price, compareAt } of landing) {
        this.log.push({ variantRef, from: this.prices.get(variantRef)!.price, to: price });
        this.prices.set(variantRef, { price, compareAt });
      }
      return { ok: true, requestId: 'write', value: new Map(landing.map((row) => [row.variantRef, { kind: 'written', live: this.live(row.variantRef)! }])) };
    };
    return this.onWrite ? this.onWrite(rows, land) : land(rows);
  }

  live(ref: bigint): LivePrice | null {
    const known = this.prices.get(ref);
    return known ? { ...known, updatedAt: this.#now().toISOString() } : null;
  }
}

/** One shop on a database of its own, with a clock that moves when told. */
export interface FlowShop {
  readonly uow: UnitOfWork;
  readonly planMaxAgeHours: number;
  readonly pool: pg.Pool;
  readonly ctx: FlowContext;
  readonly channel: ScriptedShop;
  readonly tenantId: string;
  readonly jobs: Job[];
  readonly queue: JobQueue;
  now(): Date;
  advance(ms: number): void;
  sql<R extends object = Record<string, unknown>>(text: string, params?: readonly unknown[]): Promise<R[]>;
  /** Products with `each` variants at 10.00, refs from 1 on; the scripted shop shows the same. */
  stock(products: number, each?: number): Promise<void>;
  /** A change that takes 10 % off everything, as far as `applying`, or `approved`. */
  start(upTo?: 'approved' | 'applying'): Promise<string>;
  run(id: string, deps?: Partial<RunApplyDeps>, signal?: AbortSignal): Promise<{ comeBackAt: Date | null }>;
  /** Runs again at the time each run asks for, until none is asked for. */
  runToTheEnd(id: string): Promise<number>;
  state(id: string): Promise<ChangeState>;
  items(id: string): Promise<ItemRow[]>;
  /** Tells the whole outbox. */
  publish(): Promise<void>;
  /** What the log and the projection disagree about; empty is right. */
  differences(): Promise<unknown[]>;
  events(): Promise<{ type: string; payload: Record<string, unknown> }[]>;
  close(): Promise<void>;
}

export async function openFlowShop(appUrl: string, domain = `${randomUUID().slice(0, 8)}.myshopify.com`): Promise<FlowShop> {
  const pool = new pg.Pool({ connectionString: appUrl, max: 12 });
  const tenancy = createTenancy(pool);
  const uow = createUnitOfWork(tenancy.withTenant);
  const { rows: [row] } = await pool.query<{ id: string }>(`select app.install_shop($1, 'Shop', 'USD', 'UTC', '', '{}') as id`, [domain]);
  const id = asTenantId(row!.id);
  let time = Date.parse('2026-11-22T12:00:00Z');
  const now = (): Date => new Date(time);
  const ctx: FlowContext = {
    tenantId: id, actor: { kind: 'user', id: '1' }, requestId: 'request', correlationId: 'correlation', causationId: null, now, newId: randomUUID, log: silentLog,
  };
  const channel = new ScriptedShop(now);
  const jobs: Job[] = [];
  const queue = { enqueue: async (list: readonly Job[]) => void jobs.push(...list) } as unknown as JobQueue;
  const leases = createOutboxLeases(tenancy.unscoped, tenancy.withTenant);

  const shop: FlowShop = {
    uow, planMaxAgeHours: 72, pool, ctx, channel, tenantId: id, jobs, queue, now,
    advance: (ms) => void (time += ms),
    sql: async (text, params = []) => (await tenancy.withTenant(id, (tx) => tx.query(text, params))).rows as never,
    async stock(products, each = 1) {
      const records: SourceRecord[] = [];
      for (let p = 1; p <= products; p++) {
        records.push({ kind: 'product', ref: BigInt(p), title: `Product ${p}`, handle: `p-${p}`, vendor: 'Acme', productType: 'Thing', status: 'ACTIVE', tags: [], createdAt: null, publishedAt: null, updatedAt: '2026-11-01T00:00:00Z' });
        for (let v = 1; v <= each; v++) {
          const ref = BigInt((p - 1) * each + v);
          records.push({ kind: 'variant', ref, productRef: BigInt(p), position: v, title: `V${v}`, sku: `S-${ref}`, barcode: '', price: 1_000n, compareAt: null, cost: null, inventoryQuantity: 1, options: {}, inventoryItemRef: null, updatedAt: '2026-11-01T00:00:00Z' });
          channel.prices.set(ref, { price: 1_000n, compareAt: null });
        }
      }
      const batch = randomUUID();
      await uow.run(id, async (tx) => {
        await tx.catalog.stage(batch, 0, records);
        await tx.catalog.merge(batch, { complete: true, collectionsTold: true, startedAt: now(), now: now(), source: 'sync', correlationId: 'sync' });
      });
      time += 1_000;
    },
    async start(upTo = 'applying') {
      const change = must(await createChange({ uow }, ctx, { name: 'Ten off', rule: { selector: { all: [] }, transform: { steps: [{ type: 'percent', value: '-10' }] } } }));
      must(await requestPreview({ uow }, ctx, { id: change.id }));
      must(await buildPlan({ uow, newDigest }, ctx, { id: change.id }));
      const { planHash } = (await uow.run(id, (tx) => tx.changes.get(change.id)))!;
      must(await approveChange({ uow, planMaxAgeHours: 72 }, ctx, { id: change.id, planHash: planHash! }));
      if (upTo === 'applying') must(await applyChange({ uow, newDigest }, ctx, { id: change.id }));
      return change.id;
    },
    run: (changeId, deps = {}, signal = new AbortController().signal) => runApply(
      { uow, channel, owner: `worker-${randomUUID()}`, leaseMs: LEASE_MS, quietMs: QUIET_MS, concurrency: 4, maxAttempts: 3, random: () => 0.5, ...deps }, ctx, { id: changeId }, signal),
    async runToTheEnd(changeId) {
      for (let runs = 1; runs < 200; runs++) {
        const { comeBackAt } = await shop.run(changeId);
        if (!comeBackAt) return runs;
        // A change that asks to be run again at once would keep a processor busy.
        if (comeBackAt.getTime() <= time) throw new Error('The run wants to come back without waiting');
        time = comeBackAt.getTime();
      }
      throw new Error('The change does not end');
    },
    state: async (changeId) => (await uow.run(id, (tx) => tx.changes.get(changeId)))!.state,
    items: async (changeId) => [...(await uow.run(id, (tx) => tx.items.list(changeId, {}, { limit: 1_000, cursor: null }))).data],
    async publish() {
      while (await publishOutbox({ leases, uow, queue, now: () => new Date(), random: () => 0, log: silentLog, maxAttempts: 3 }, 'publisher', 100)) { /* until nothing is due */ }
    },
    async differences() {
      await shop.publish();
      const report = must(await replayProjection({ uow }, ctx, { projection: 'change_projection' }));
      return report.chainIntact ? [...report.differences] : ['chain broken'];
    },
    events: async () => (await uow.run(id, (tx) => tx.journal.events({ limit: 1_000 }))).map(({ type, payload }) => ({ type, payload })),
    async close() {
      await tenancy.close();
      await pool.end();
    },
  };
  return shop;
}

export { newDigest };
