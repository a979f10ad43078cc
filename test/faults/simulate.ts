import { tenantId } from '../../app/domain/kernel/ids.ts';
import { DEFAULT_POLICY } from '../../app/domain/policies/policy.ts';
import type { PolicyDocument } from '../../app/domain/policies/policy.ts';
import { FakeQueue } from './fake-queue.ts';
import { FakeShop } from './fake-shop.ts';
import { checkInvariants } from './invariants.ts';
import { MemoryDb } from './memory-db.ts';
import { People } from './people.ts';
import { startWorker } from './our-processes.ts';
import type { Mutant, Sim } from './our-processes.ts';
import { weather } from './weather.ts';
import { Webhooks } from './webhooks.ts';
import { START, World } from './world.ts';
import type { Proc } from './world.ts';

export interface Outcome {
  readonly seed: number;
  readonly bad: readonly string[];
  readonly counts: ReadonlyMap<string, number>;
  readonly trace: readonly string[];
  readonly events: number;
}
export interface Options {
  readonly trace?: boolean;
  readonly mutant?: Mutant | null;
}

/** How long the faults last, and how long everything may take to settle afterwards (RELIABILITY.md, invariant 10). */
const FAULTS_MS = 110_000;
const SETTLE_MS = 600_000;
/** How often a process asks the database for the time: rarer than in production, and the machines' clocks are worse. */
const ASK_TIME_MS = 40_000;
/** People look after what waits for them this often. */
const ROUND_MS = 10_000;

/** One schedule: a world that follows from its seed, its faults, and what the invariants say about it. */
export async function simulate(seed: number, { trace = false, mutant = null }: Options = {}): Promise<Outcome> {
  const world = new World(seed, { trace });
  mutant?.begin?.();
  if (mutant?.machineClocks) world.machineClocks = true;
  const { chance } = world;
  const trueTime = { now: () => new Date(world.now), known: async () => undefined, refresh: async () => undefined };
  const outside: Proc = { name: 'outside', alive: true, pausedUntil: 0, clock: trueTime, onKill: [], doing: new Map() };
  const tenants = chance.happens(0.15) ? 2 : 1;
  const dbs: MemoryDb[] = [];
  const shops: FakeShop[] = [];
  for (let t = 0; t < tenants; t++) {
    const id = tenantId(chance.uuid());
    dbs.push(new MemoryDb(id));
    shops.push(new FakeShop(world, `shop-${t + 1}.myshopify.com`, id));
    stock(world, dbs[t]!, shops[t]!);
    const db = dbs[t]!;
    shops[t]!.heldUp = (changeId) => {
      const [{ state, updatedAt }, { writesStopped, since }] = [db.changes.rows.get(changeId)!, db.tenant()];
      return state !== 'applying' ? `${state} since ${updatedAt.toISOString()}` : writesStopped ? `stopped since ${String(since?.toISOString())}` : null;
    };
  }
  // As short as a write allows in some schedules: what is stopped for a while comes back to rows that another holds by then.
  const leaseMs = chance.of([36_000, 45_000, 60_000, 60_000, 90_000]);
  const sim: Sim = { world, dbs, shops, queue: new FakeQueue(world), outside, mutant, leaseMs, bulk: chance.happens(0.5) };
  const until = START + FAULTS_MS;

  const workers = chance.of([1, 2, 2, 3, 3]);
  const begin = (kind: string): Proc => {
    const proc = world.spawn(`${kind}${++numbers}`);
    keepTime(world, proc);
    if (kind === 'worker') startWorker(sim, proc);
    return proc;
  };
  let numbers = 0;
  for (let i = 0; i < workers; i++) begin('worker');
  let app = begin('app');
  const appNow = (): Proc => app;
  const hooks = shops.map((shop) => new Webhooks(sim, shop, appNow));
  const people = dbs.map((db) => new People(sim, db, appNow));
  for (const crowd of people) for (let i = 0; i < 2; i++) void crowd.live(until - 25_000);
  void weather(sim, until, (proc, how) => {
    const kind = proc.name.replace(/\d+$/, '');
    const renew = (): void => {
      const made = begin(kind);
      if (kind === 'app') app = made;
    };
    if (how === 'kill') {
      world.count('kills');
      world.kill(proc);
      world.after(chance.between(200, 8_000), renew);
      return;
    }
    // A new version comes while the old one still works, and then drains.
    world.count('fault deployed while working');
    world.say(proc.name, () => 'told to stop');
    renew();
    const grace = chance.between(500, 20_000);
    world.after(chance.between(0, 5_000), () => proc.drain?.());
    world.after(grace, () => world.kill(proc));
  }, async (t) => {
    const shop = shops[t]!;
    world.count('fault app removed');
    world.say('shop', () => 'merchant removes the app');
    shop.left = true;
    shop.wasShut = true;
    shop.revoked = 'The app is not installed';
    hooks[t]!.tellRemoved();
    await world.sleep(outside, chance.between(3_000, 45_000));
    world.say('shop', () => 'merchant installs the app');
    shop.left = false;
    shop.revoked = null;
    await people[t]!.install();
  });
  await world.run(until);

  world.faultsOn = false;
  world.say('world', () => 'faults stop');
  for (const shop of shops) {
    shop.storm = null;
    if (!shop.left) shop.revoked = null;
  }
  world.databaseAwayUntil = 0;
  sim.queue.away = false;
  world.goOn();
  const endCampaigns = chance.happens(0.5);
  let settled = false;
  let looked = false;
  void (async () => {
    for (;;) {
      for (const crowd of people) await crowd.putRight(endCampaigns);
      await world.sleep(outside, ROUND_MS);
      const still = dbs.every(isSettled) && shops.every((shop) => !shop.left) && dbs.every((db) => db.tenant().state === 'installed') && shops.every((shop) => !shop.sent.some((row) => row.inFlight)) && hooks.every((hook) => hook.under === 0);
      settled = still && looked;
      looked = still;
      // As the comparison of the catalog does, which comes now and then: what no bell was heard of is looked for.
      if (still) for (const db of dbs) sim.queue.ring({ name: 'notice-drift', key: `notice-drift:${db.tenantId}`, payload: { tenantId: db.tenantId } });
    }
  })();
  await world.run(until + SETTLE_MS, () => settled);
  for (const db of dbs) {
    for (const { id, name, kind, state, scheduleAt, endAt, priority, approvedAt, applySeq, rollbackOf } of db.changes.rows.values()) {
      const after = (at: Date | null): string => (at === null ? '-' : String(Math.round((at.getTime() - START) / 1000)));
      world.say('database', () => `${id.slice(0, 8)} ${name} (${kind}${rollbackOf ? ` of ${rollbackOf.slice(0, 8)}` : ''}) ${state}; start ${after(scheduleAt)} end ${after(endAt)} priority ${priority} approved ${after(approvedAt)} turn ${applySeq}`);
    }
    for (const { variantId, changeId, price, state } of db.layers.rows.values()) world.say('database', () => `layer of ${changeId.slice(0, 8)} on v${db.variants.rows.get(variantId)!.ref}: ${price} ${state}`);
  }
  world.count('settle seconds', Math.round((world.now - until) / 1000));
  for (const [t, db] of dbs.entries()) checkInvariants(world, db, shops[t]!, hooks[t]!, settled);
  return { seed, bad: world.bad, counts: world.counts, trace: world.trace ?? [], events: world.events };
}

/** As `start()` of the clock does, in virtual time. */
function keepTime(world: World, proc: Proc): void {
  void (async () => {
    for (;;) {
      await proc.clock.refresh().catch(() => world.count('fault the time was not told'));
      await world.sleep(proc, ASK_TIME_MS);
    }
  })();
}

function stock(world: World, db: MemoryDb, shop: FakeShop): void {
  const { chance } = world;
  const guarded = chance.happens(0.4);
  db.tenants.rows.set(db.tenantId, {
    tenantId: db.tenantId, shopDomain: shop.domain, name: 'Shop', currencyCode: 'USD', timeZone: 'UTC', plan: '', state: 'installed', scopes: [], writesStopped: false, since: null, by: null, reason: null, installedAt: new Date(START - 86_400_000),
  });
  if (guarded) {
    const document: PolicyDocument = { ...DEFAULT_POLICY, guardrails: { maxDecreasePercent: { value: '18', action: chance.of(['clamp', 'block'] as const) } } };
    db.policies.rows.set('policy', { id: chance.uuid(), version: 1, document, updatedBy: 'user:1', updatedAt: new Date(START) });
    db.policyVersions.push({ version: 1, document, eventId: null });
  }
  const products = chance.between(1, 4);
  for (let p = 1; p <= products; p++) {
    const productId = chance.uuid();
    for (let v = 1, each = chance.between(1, 3); v <= each; v++) {
      const ref = BigInt(p * 10 + v);
      const point = { price: BigInt(chance.between(900, 1_400)), compareAt: chance.happens(0.2) ? 1_900n : null };
      shop.stock(ref, BigInt(p), point);
      const id = chance.uuid();
      db.variants.rows.set(id, {
        id, ref, productId, productRef: BigInt(p), position: v, ...point, cost: null, baselinePrice: null, baselineCompareAt: null, layerId: null, active: true,
        updatedAt: new Date(START - 60_000), syncedAt: new Date(START - 60_000),
      });
    }
  }
}

function isSettled(db: MemoryDb): boolean {
  const open = ['applying', 'ending', 'paused'];
  for (const change of db.changes.rows.values()) if (open.includes(change.state) || change.activity !== null) return false;
  for (const item of db.items.rows.values()) if (item.state === 'queued' || item.state === 'writing') return false;
  for (const row of db.outbox.rows.values()) if (row.state === 'ready' || row.state === 'leased') return false;
  for (const row of db.inbox.rows.values()) if (row.state === 'received') return false;
  return true;
}
