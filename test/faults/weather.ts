import { same } from './fake-shop.ts';
import type { Sim } from './our-processes.ts';
import type { Proc } from './world.ts';

/** Where a process is killed or stopped: every await of applying. */
const STEPS = [
  'before the commit of a claim', 'after the commit of a claim', 'before the answer to a read', 'before the commit of an intent', 'after the commit of an intent', 'before a request goes out', 'before a write lands',
  'before the answer to a write', 'before the commit of endings', 'after the commit of endings', 'before the commit of rows given back', 'after the commit of rows given back',
] as const;
/** Where whoever was stopped comes back to rows that another holds by then. */
const HELD_STEPS = [
  'after the commit of a claim', 'before the answer to a read', 'before the answer to a read', 'before the commit of an intent', 'after the commit of an intent', 'before a request goes out',
] as const;
/** And of bulk operations. */
const BULK_STEPS = [
  'before an operation is started', 'after an operation was started', 'in the middle of a result',
  ...['an operation', 'its start', 'its reference', 'its lease', 'its end', 'its takeover'].flatMap((step) => [`before the commit of ${step}`, `after the commit of ${step}`]),
] as const;

/** Kills, stops, storms and merchants, until the faults end. */
export async function weather(sim: Sim, until: number, renew: (proc: Proc, how: 'kill' | 'deploy') => void, removed: (shop: number) => Promise<void>): Promise<void> {
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
    shop.edit(ref, to, null, chance.happens(0.25) ? 'other app' : 'merchant');
    // And back again a little later.
    if (chance.happens(0.25)) world.after(chance.between(500, 60_000), () => { if (shop.priceOf(ref) && world.faultsOn) shop.edit(ref, live); });
  };
  const storm = (kind: 'throttled' | 'unavailable'): void => {
    const shop = chance.of(shops);
    world.count(`fault storm of ${kind}`);
    shop.storm = kind;
    world.after(chance.between(3_000, 45_000), () => { shop.storm = null; });
  };
  const stop = (proc: Proc): void => {
    world.count('fault process stopped');
    world.pause(proc, chance.happens(0.6) ? sim.leaseMs + chance.between(-3_000, 60_000) : chance.between(5_000, 300_000));
  };
  const restart = (): void => {
    world.count('fault database restarted');
    world.say('database', () => 'RESTARTED');
    world.databaseAwayUntil = world.now + chance.between(300, 15_000);
    for (const db of dbs) db.restart();
  };
  const queueAway = (): void => {
    world.count('fault queue away');
    queue.away = true;
    world.after(chance.happens(0.3) ? 300_000 : chance.between(5_000, 60_000), () => { queue.away = false; });
  };
  // Some seeds are calm in most things and wild in one, so that one fault is seen without the others as well.
  const wild = chance.happens(0.5) ? null : chance.of(['kill', 'pause', 'edit', 'storm', 'none'] as const);
  const weights = { kill: 5, deploy: 2, pause: 4, edit: 6, throttle: 1, outage: 1, wipe: 1, queueAway: 0.5, restart: 1, revoke: 0.4, scope: 0.3, remove: 0.4, archive: 0.4, uninstall: 0.25 };
  for (const name of Object.keys(weights) as (keyof typeof weights)[]) weights[name] *= world.rate(`weather ${name}`);
  if (wild !== null) for (const name of Object.keys(weights) as (keyof typeof weights)[]) weights[name] = name === wild || (wild === 'storm' && (name === 'throttle' || name === 'outage')) ? 8 : 0.2;
  while (world.now < until) {
    await world.sleep(outside, chance.between(1_000, 16_000));
    if (world.now >= until) return;
    const proc = chance.of(world.procs);
    const what = chance.weighed(weights);
    // Mostly at a step of the work: a worker is between two of them for milliseconds.
    if ((what === 'kill' || what === 'pause') && chance.happens(0.75)) {
      const strike = what === 'kill' ? (at: Proc): void => renew(at, 'kill') : stop;
      const mine = { step: sim.bulk && chance.happens(0.6) ? chance.of(BULK_STEPS) : what === 'pause' && chance.happens(0.6) ? chance.of(HELD_STEPS) : chance.of(STEPS), strike };
      world.ambush = mine;
      for (let looks = 0; looks < 40 && world.ambush === mine && world.now < until; looks++) await world.sleep(outside, 500);
      if (world.ambush === mine) world.ambush = null;
      continue;
    }
    if ((what === 'kill' || what === 'deploy') && proc) renew(proc, what);
    if (what === 'pause' && proc) stop(proc);
    if (what === 'edit') edit();
    if (what === 'throttle') storm('throttled');
    if (what === 'outage') storm('unavailable');
    if (what === 'wipe') queue.wipe();
    if (what === 'queueAway') queueAway();
    if (what === 'restart') restart();
    if (what === 'revoke' || what === 'scope') {
      const shop = chance.of(shops);
      world.count(what === 'revoke' ? 'fault token revoked' : 'fault scope removed');
      shop.wasShut = true;
      shop.revoked = what === 'revoke' ? 'The token was revoked' : 'Access denied: write_products';
      world.after(chance.between(5_000, 60_000), () => { if (!shop.left) shop.revoked = null; });
    }
    if (what === 'uninstall') {
      const t = chance.between(0, shops.length - 1);
      if (!shops[t]!.left) void removed(t);
    }
    if (what === 'archive') chance.of(shops).archive();
    if (what === 'remove') {
      const shop = chance.of(shops);
      if (shop.variants.size > 1) shop.remove(chance.of([...shop.variants.keys()]));
    }
  }
}
