import { tenantId } from '../../app/domain/kernel/ids.ts';
import { DEFAULT_POLICY } from '../../app/domain/policies/policy.ts';
import { FakeQueue } from './fake-queue.ts';
import { FakeShop, same } from './fake-shop.ts';
import { checkInvariants } from './invariants.ts';
import { MemoryDb } from './memory-db.ts';
import { People } from './people.ts';
import { startWorker } from './our-processes.ts';
import type { Mutant, Sim } from './our-processes.ts';
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
const FAULTS_MS = 140_000;
const SETTLE_MS = 600_000;
/** Processes go by one clock, but for this much. */
const CLOCK_OFF_MS = 500;
/** People look after what waits for them this often. */
const ROUND_MS = 10_000;

/** One schedule: a world that follows from its seed, its faults, and what the invariants say about it. */
export async function simulate(seed: number, { trace = false, mutant = null }: Options = {}): Promise<Outcome> {
  const world = new World(seed, { trace });
  const { chance } = world;
  const outside: Proc = { name: 'outside', alive: true, pausedUntil: 0, skewMs: 0, onKill: [] };
  const tenants = chance.happens(0.15) ? 2 : 1;
  const dbs: MemoryDb[] = [];
  const shops: FakeShop[] = [];
  for (let t = 0; t < tenants; t++) {
    const id = tenantId(chance.uuid());
    dbs.push(new MemoryDb(id));
    shops.push(new FakeShop(world, `shop-${t + 1}.myshopify.com`, id));
    stock(world, dbs[t]!, shops[t]!);
  }
  const sim: Sim = { world, dbs, shops, queue: new FakeQueue(world), outside, mutant };
  const until = START + FAULTS_MS;

  const workers = chance.between(1, 3);
  const skewed = chance.happens(0.3);
  const offMs = mutant?.clockOffMs ?? CLOCK_OFF_MS;
  const begin = (kind: string): Proc => {
    const proc = world.spawn(`${kind}${++numbers}`, skewed && world.faultsOn ? chance.between(-offMs, offMs) : 0);
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
  });
  await world.run(until);

  world.faultsOn = false;
  world.say('world', () => 'faults stop');
  for (const shop of shops) {
    shop.storm = null;
    shop.revoked = false;
  }
  world.goOn();
  const endCampaigns = chance.happens(0.5);
  let settled = false;
  void (async () => {
    for (;;) {
      for (const crowd of people) await crowd.putRight(endCampaigns);
      await world.sleep(outside, ROUND_MS);
      settled = dbs.every(isSettled) && shops.every((shop) => !shop.sent.some((row) => row.inFlight)) && hooks.every((hook) => hook.under === 0);
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
  for (const [t, db] of dbs.entries()) checkInvariants(world, db, shops[t]!, hooks[t]!.answered, settled);
  return { seed, bad: world.bad, counts: world.counts, trace: world.trace ?? [], events: world.events };
}

function stock(world: World, db: MemoryDb, shop: FakeShop): void {
  const { chance } = world;
  const guarded = chance.happens(0.4);
  db.tenants.rows.set(db.tenantId, {
    tenantId: db.tenantId, shopDomain: shop.domain, name: 'Shop', currencyCode: 'USD', timeZone: 'UTC', plan: '', state: 'installed', scopes: [], writesStopped: false, since: null, by: null, reason: null,
  });
  if (guarded) db.policies.rows.set('policy', { version: 1, document: { ...DEFAULT_POLICY, guardrails: { maxDecreasePercent: { value: '18', action: chance.of(['clamp', 'block'] as const) } } } });
  const products = chance.between(1, 3);
  for (let p = 1; p <= products; p++) {
    const productId = chance.uuid();
    for (let v = 1, each = chance.between(1, 2); v <= each; v++) {
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

/** Kills, stops, storms and merchants, until the faults end. */
async function weather(sim: Sim, until: number, restart: (proc: Proc, how: 'kill' | 'deploy') => void): Promise<void> {
  const { world, shops, dbs, outside, queue } = sim;
  const { chance } = world;
  let edits = 0;
  const edit = (): void => {
    const t = chance.between(0, shops.length - 1);
    const shop = shops[t]!;
    const ref = chance.of([...shop.variants.keys()]);
    if (ref === undefined) return;
    const waiting = [...dbs[t]!.items.rows.values()].filter((item) => item.variantRef === ref && item.afterPrice !== null && (item.state === 'queued' || item.state === 'writing' || item.state === 'planned'));
    const live = shop.priceOf(ref)!;
    const item = waiting.length && chance.happens(0.4) ? chance.of(waiting) : null;
    const to = item ? (chance.happens(0.5) ? { price: item.afterPrice!, compareAt: item.afterCompareAt } : { price: item.beforePrice, compareAt: item.beforeCompareAt })
      : { price: 5_000n + BigInt(edits++), compareAt: null };
    if (same(live, to)) return;
    shop.edit(ref, to);
    // And back again a little later.
    if (chance.happens(0.25)) world.after(chance.between(500, 60_000), () => { if (shop.priceOf(ref) && world.faultsOn) shop.edit(ref, live); });
  };
  const storm = (kind: 'throttled' | 'unavailable'): void => {
    const shop = chance.of(shops);
    world.count(`fault storm of ${kind}`);
    shop.storm = kind;
    world.after(chance.between(3_000, 45_000), () => { shop.storm = null; });
  };
  // Some seeds are calm in most things and wild in one, so that one fault is seen without the others as well.
  const wild = chance.happens(0.5) ? null : chance.of(['kill', 'pause', 'edit', 'storm', 'none'] as const);
  const weights = { kill: 5, deploy: 2, pause: 4, edit: 6, throttle: 1, outage: 1, wipe: 1, revoke: 0.4, remove: 0.4 };
  if (wild !== null) for (const name of Object.keys(weights) as (keyof typeof weights)[]) weights[name] = name === wild || (wild === 'storm' && (name === 'throttle' || name === 'outage')) ? 8 : 0.2;
  while (world.now < until) {
    await world.sleep(outside, chance.between(1_000, 16_000));
    if (world.now >= until) return;
    const proc = chance.of(world.procs);
    const what = chance.weighed(weights);
    // Mostly in the middle of something: the moment in which a worker holds rows is short.
    if (proc && (what === 'kill' || what === 'pause') && chance.happens(0.6)) {
      const holds = (): boolean => dbs.some((db) => [...db.items.rows.values()].some((item) => item.owner?.startsWith(`${proc.name}.`)));
      for (let looks = 0; looks < 20 && !holds() && world.now < until; looks++) await world.sleep(outside, 400);
      await world.sleep(outside, chance.between(1, 2_000));
      if (!proc.alive || world.now >= until) continue;
    }
    if ((what === 'kill' || what === 'deploy') && proc) restart(proc, what);
    if (what === 'pause' && proc) {
      world.count('fault process stopped');
      world.pause(proc, chance.happens(0.5) ? chance.between(58_000, 110_000) : chance.between(5_000, 300_000));
    }
    if (what === 'edit') edit();
    if (what === 'throttle') storm('throttled');
    if (what === 'outage') storm('unavailable');
    if (what === 'wipe') queue.wipe();
    if (what === 'revoke') {
      const shop = chance.of(shops);
      world.count('fault token revoked');
      shop.revoked = true;
      world.after(chance.between(5_000, 60_000), () => { shop.revoked = false; });
    }
    if (what === 'remove') {
      const shop = chance.of(shops);
      if (shop.variants.size > 1) shop.remove(chance.of([...shop.variants.keys()]));
    }
  }
}
