import { startScheduled } from '../../app/flows/apply-change/control.ts';
import { runApply } from '../../app/flows/apply-change/run-apply.ts';
import type { RunApplyDeps } from '../../app/flows/apply-change/apply-deps.ts';
import { voidApprovals } from '../../app/flows/approve-change/void-approvals.ts';
import { endCampaign, finishEnd } from '../../app/flows/end-campaign/end-campaign.ts';
import { noticeDrift } from '../../app/flows/notice-drift/notice-drift.ts';
import { buildPlan } from '../../app/flows/plan-change/build-plan.ts';
import { publishOutbox } from '../../app/flows/publish-outbox/publish-outbox.ts';
import { processWebhooks } from '../../app/flows/receive-webhook/process-webhooks.ts';
import { ringDueWork } from '../../app/flows/ring-due-work/ring-due-work.ts';
import type { DueWork } from '../../app/flows/ring-due-work/ring-due-work.ts';
import { runSchedules } from '../../app/flows/run-schedules/run-schedules.ts';
import { tenantId } from '../../app/domain/kernel/ids.ts';
import type { FlowContext } from '../../app/ports/context.ts';
import type { BulkWrites } from '../../app/ports/bulk-write.ts';
import type { Digest } from '../../app/ports/digest.ts';
import type { PriceChannel } from '../../app/ports/price-channel.ts';
import type { OutboxLeases } from '../../app/ports/outbox.ts';
import type { Tx, UnitOfWork } from '../../app/ports/unit-of-work.ts';
import { cheapHash } from './cheap-hash.ts';
import type { FakeQueue, Waiting } from './fake-queue.ts';
import type { FakeShop } from './fake-shop.ts';
import type { MemoryDb } from './memory-db.ts';
import { memoryOutbox } from './memory-journal.ts';
import { memoryUnitOfWork } from './memory-uow.ts';
import type { Proc, World } from './world.ts';

/** A bug that is put in on purpose, by wrapping what the flows are given. */
export interface Mutant {
  readonly name: string;
  /** The invariant that has to find it, whatever else does. */
  readonly by: string;
  /** Told when a schedule begins. */
  readonly begin?: () => void;
  readonly stores?: (tx: Tx, world: World) => Tx;
  readonly channel?: (channel: PriceChannel) => PriceChannel;
  readonly bulk?: (writes: BulkWrites) => BulkWrites;
  readonly outbox?: (leases: OutboxLeases) => OutboxLeases;
  readonly apply?: Partial<RunApplyDeps>;
  readonly newDigest?: (real: () => Digest) => () => Digest;
  /** Leases and quiet periods go by the clocks of the machines. */
  readonly machineClocks?: boolean;
}

export interface Sim {
  readonly world: World;
  readonly dbs: readonly MemoryDb[];
  readonly shops: readonly FakeShop[];
  readonly queue: FakeQueue;
  /** Where people and the weather live: never killed, with the true clock. */
  readonly outside: Proc;
  readonly mutant: Mutant | null;
  readonly leaseMs: number;
  /** Prices go out by bulk operations as well. */
  readonly bulk: boolean;
}

/** Rarer than in production, where a lost bell costs two seconds: most of what it rings for is being done. */
const TICK_MS = 12_000;
/** Jobs at once in one worker. */
const SLOTS = 4;
export const QUIET_MS = 40_000;
/** Fewer than in production, so that spending them happens in a short run. */
export const ATTEMPTS_MAX = 4;

/** What plans are sealed with here: as sensitive to a change as SHA-256, and quick. */
export const quickDigest = (): Digest => {
  let text = '';
  return { update: (part) => { text += part; }, hex: () => cheapHash(text).padStart(64, '0') };
};

export function contextOf({ world }: Sim, proc: Proc, tenant: string, actor: FlowContext['actor']): FlowContext {
  return { tenantId: tenantId(tenant), actor, requestId: 'request', correlationId: 'correlation', causationId: null, now: world.clock(proc), newId: () => world.chance.uuid(), log: world.log(proc) };
}

export function unitOfWorkOf({ world, dbs, mutant }: Sim, proc: Proc): UnitOfWork {
  return memoryUnitOfWork(world, proc, dbs, mutant?.stores ? (tx) => mutant.stores!(tx, world) : undefined);
}

export const digestOf = ({ mutant }: Sim): (() => Digest) => mutant?.newDigest?.(quickDigest) ?? quickDigest;

/** What the tick finds unfinished, as `app.list_due_work()` does: by the database's clock. */
function dueWork({ world, dbs }: Sim): DueWork[] {
  return dbs.flatMap((db): DueWork[] => {
    const all = [...db.changes.rows.values()];
    const now = new Date(world.now);
    const of = (kind: DueWork['kind'], id: string | null): DueWork => ({ kind, tenantId: db.tenantId, id });
    const webhooks = [...db.inbox.rows.values()].some((row) => row.state === 'received') ? [of('webhooks', null)] : [];
    if (db.tenant().state !== 'installed') return webhooks;
    const scheduled = all.some(({ state, scheduleAt, endAt, heldAt }) => ((state === 'approved' || state === 'scheduled') && scheduleAt !== null && scheduleAt <= now)
      || (endAt !== null && endAt <= now && heldAt === null && ['approved', 'scheduled', 'applying', 'paused', 'applied', 'partially_applied'].includes(state)));
    return [
      ...all.filter(({ state }) => state === 'applying' || state === 'ending' || state === 'paused').map(({ id }) => of('price_change', id)),
      ...(scheduled ? [of('schedules', null)] : []),
      ...all.filter(({ activity }) => activity !== null).map(({ id }) => of('preview', id)),
      ...webhooks,
    ];
  });
}

/** A worker: takes jobs, tells the outbox, and looks for unfinished work, as app/container/bound-jobs.ts binds them. */
export function startWorker(sim: Sim, proc: Proc): void {
  const { world, queue: bells, shops } = sim;
  const { chance } = world;
  const uow = unitOfWorkOf(sim, proc);
  const queue = bells.port(proc);
  const newDigest = digestOf(sim);
  const stopping = new AbortController();
  const { signal } = stopping;
  proc.drain = () => stopping.abort();
  const leases = memoryOutbox(world, proc, sim.dbs);
  const outbox = sim.mutant?.outbox?.(leases) ?? leases;
  const running = new Set<string>();
  let runs = 0;
  let inHand = 0;

  const handlers: Record<string, (payload: Readonly<Record<string, unknown>>) => Promise<void>> = {
    'plan-change': (payload) => buildPlan({ uow, newDigest }, ctxOf(payload, 'plan-change'), { id: String(payload.id) }).then(() => undefined),
    'apply-change': async (payload) => {
      const id = String(payload.id);
      const run = `${proc.name}.${++runs}`;
      const shop = shopOf(payload);
      const callsBefore = shop.calls;
      const channel = shop.channel(proc, id, run);
      const { comeBackAt } = await runApply({
        uow, channel: sim.mutant?.channel?.(channel) ?? channel, owner: run, leaseMs: sim.leaseMs, quietMs: QUIET_MS, concurrency: 3, maxAttempts: ATTEMPTS_MAX, random: () => chance.next(), ...(sim.bulk ? { bulk: bulkOf(shop, id, run) } : {}), ...sim.mutant?.apply,
      }, ctxOf(payload, 'apply-change'), { id }, signal);
      // Rows that wait for another change are looked at every second. A bell that comes later saves most of what a schedule costs.
      const idle = shop.calls === callsBefore ? chance.between(3_000, 20_000) : 0;
      if (comeBackAt) await queue.enqueue([{ name: 'apply-change', key: `apply-change:${id}`, payload: payload as Record<string, string>, runAt: new Date(comeBackAt.getTime() + idle) }]);
    },
    'finish-end': (payload) => finishEnd({ uow, newDigest }, ctxOf(payload, 'finish-end'), { id: String(payload.id) }),
    'notice-drift': (payload) => noticeDrift({ uow }, ctxOf(payload, 'notice-drift'), { productRef: payload.id === undefined ? null : BigInt(String(payload.id)) }).then(() => undefined),
    'process-webhooks': (payload) => processWebhooks({ uow, queue, source: shopOf(payload).source(proc) }, ctxOf(payload, 'process-webhooks'), signal),
    'run-schedules': (payload) => runSchedules({
      uow, start: (ctx, input) => startScheduled({ uow, newDigest }, ctx, input), endCampaign: (ctx, input) => endCampaign({ uow, newDigest }, ctx, input),
    }, ctxOf(payload, 'run-schedules'), signal).then(() => undefined),
    'void-approvals-of-policies': (payload) => voidApprovals({ uow }, ctxOf(payload, 'void-approvals'), { ruleId: null }).then(() => undefined),
    'check-plans': async () => undefined,
    tick: () => tick(),
  };
  /** Changes here are too small for the bulk way by the numbers. */
  const bulkOf = (shop: FakeShop, id: string, run: string): NonNullable<RunApplyDeps['bulk']> => {
    const writes = shop.bulk.writes(proc, id, run);
    return { writes: sim.mutant?.bulk?.(writes) ?? writes, wait: (ms) => world.sleep(proc, ms * chance.between(1, 4)), only: chance.happens(0.75) ? 'bulk' : 'calls' };
  };
  const shopOf = (payload: Readonly<Record<string, unknown>>): FakeShop => shops.find((shop) => shop.tenantId === payload.tenantId)!;
  const ctxOf = (payload: Readonly<Record<string, unknown>>, job: string): FlowContext => contextOf(sim, proc, String(payload.tenantId), { kind: 'system', id: job });
  const tick = async (): Promise<void> => {
    await world.sleep(proc, chance.between(1, 20));
    await ringDueWork({ dueWork: async () => dueWork(sim), queue });
  };
  const complain = (what: string) => (error: unknown): void => {
    world.count(`broke: ${what}`);
    world.say(proc.name, () => `${what} broke: ${error instanceof Error ? (error.message.startsWith('The ') || error.message.startsWith('Conn') || error.message.includes('serialize') || error.message.includes('deadlock') ? error.message : error.stack) : String(error)}`);
  };
  const forever = async (what: string, step: () => Promise<number>): Promise<void> => {
    while (!signal.aborted) await world.sleep(proc, await step().catch((error: unknown) => (complain(what)(error), 2_000)));
  };

  const work = async (next: Waiting): Promise<void> => {
    const { name, payload } = next.job;
    const thing = `${name}:${String(payload.id ?? payload.tenantId)}`;
    const handler = handlers[name];
    // The tick rings for work that is being done as well: one run of a thing in this process is enough.
    if (running.has(thing) || !handler) return;
    running.add(thing);
    world.count('jobs');
    // Killed with a job in hand: the queue finds the job stalled and gives it to another.
    let done = false;
    proc.onKill.push(() => {
      if (!done && chance.happens(0.5)) world.after(30_000, () => bells.again(next));
    });
    await handler(payload).catch((error: unknown) => {
      complain(name)(error);
      bells.again(next);
    });
    done = true;
    running.delete(thing);
  };
  const leave = bells.serve({ proc, take: (next) => {
    if (inHand >= SLOTS || signal.aborted) return false;
    inHand++;
    void work(next).finally(() => { inHand--; });
    return true;
  } });
  signal.addEventListener('abort', leave);
  void forever('publish', async () => {
    const told = await publishOutbox({ leases: outbox, uow, queue, now: world.clock(proc), random: () => chance.next(), log: world.log(proc), maxAttempts: 12 }, proc.name, 100);
    return told > 0 ? 100 : 2_000;
  });
  void forever('tick', () => tick().then(() => TICK_MS, (error: unknown) => (complain('tick')(error), TICK_MS)));
}
