import { runApply } from '../../app/flows/apply-change/run-apply.ts';
import type { Way } from '../../app/domain/pricing/write-way.ts';
import type { Rule } from '../../app/domain/rules/rule.ts';
import type { TenantId } from '../../app/domain/kernel/ids.ts';
import { mutationSpeed } from '../../dev/simulators/shopify/bulk-speed.ts';
import type { Plan } from '../../dev/simulators/shopify/leaky-bucket.ts';
import type { Shop as SimulatedShop } from '../../dev/simulators/shopify/shop.ts';
import type { BenchDatabase } from '../bench-database.ts';
import type { Line } from '../measure.ts';
import { applying, clearPlans } from '../planned-change.ts';
import type { Shop } from '../planned-change.ts';
import { startShopBench } from '../simulated-shop.ts';
import type { Answer, ShopBench } from '../simulated-shop.ts';
import { WaitingClock } from '../waiting-clock.ts';
import { APPLY_SETTINGS } from './bookkeeping.ts';

const PLANS: readonly Plan[] = ['standard', 'plus'];
/** Variants of each product. */
const SHAPES: readonly number[] = [1, 10, 50];
/** What a request of the shop takes, there and back, and a transaction: put in, since the clock counts nothing but waiting. */
const SHOP_MS = 150;
const TRANSACTION_MS = 5;
/** Longer than any bucket takes to fill up. */
const REST_MS = 60_000;
const EVERYTHING: Rule = { name: 'Bench', selector: { field: 'variant.price', op: 'gte', value: '0.01' }, transform: { base: 'price', steps: [{ type: 'percent', value: '-3' }] } };

/**
 * Prices out to the simulated shop: claims, reads, drift checks, intents, writes and records of `rows` variants by the real flow,
 * database and connector, over HTTP, against the least time in which the shop's own limits let its points be spent:
 * (points − full bucket) ÷ restore rate. Times are the shop's (WaitingClock); what the machine really worked is in the note.
 * A line for each plan and number of variants a product.
 */
export async function benchApply(given: BenchDatabase, { planned: rows }: Shop): Promise<Line[]> {
  const clock = new WaitingClock();
  const shops = await startShopBench(clock, SHOP_MS);
  const db: BenchDatabase = {
    ...given,
    uow: {
      run: async (tenant, work) => {
        await clock.sleep(TRANSACTION_MS);
        return clock.busy(() => given.uow.run(tenant, work));
      },
    },
    contextOf: (tenant) => ({ ...given.contextOf(tenant), now: () => new Date(clock.now()) }),
  };
  const lines: Line[] = [];
  await syncWrites(given, false);
  try {
    for (const variants of SHAPES) {
      const { tenant, shop } = await shops.addShop(given, `bench-apply-${variants}`, Math.ceil(rows / variants), variants);
      for (const plan of PLANS) {
        const run = { tenant, shop, plan, variants, rows: Math.ceil(rows / variants) * variants };
        const [calls, bulk] = [await applied(db, shops, clock, { ...run, only: 'calls' }), await applied(db, shops, clock, { ...run, only: 'bulk' })];
        const chosen = quicker(await applied(db, shops, clock, run), calls, bulk);
        lines.push(calls, bulk, chosen);
        process.stderr.write(`${plan}, ${variants} a product: by calls ${seconds(calls)}, by bulk ${seconds(bulk)}, chosen ${seconds(chosen)}\n`);
      }
    }
  } finally {
    await shops.close();
    clock.close();
    await syncWrites(given, true);
  }
  return lines;
}

/** The disk is not what is measured here either. */
async function syncWrites({ superuser }: BenchDatabase, on: boolean): Promise<void> {
  await superuser.query(`alter system set synchronous_commit = ${on ? 'on' : 'off'}`);
  await superuser.query('select pg_reload_conf()');
}

interface Run {
  readonly tenant: TenantId;
  readonly shop: SimulatedShop;
  readonly plan: Plan;
  readonly variants: number;
  readonly rows: number;
  /** Which way it must take; the one that it chooses where nothing is said. */
  readonly only?: Way;
}

async function applied(db: BenchDatabase, shops: ShopBench, clock: WaitingClock, { tenant, shop, plan, variants, rows, only }: Run): Promise<Line> {
  const id = await applying(db, { tenant, rows, planned: rows, rule: EVERYTHING });
  await db.superuser.query('vacuum analyze price_change_items');
  shop.changePlan(plan, clock.now());
  clock.advance(REST_MS);
  shops.answers.length = 0;
  const before = shop.writes.lastSeq;
  const [start, realStart] = [clock.now(), performance.now()];
  const deps = {
    ...APPLY_SETTINGS, uow: db.uow, channel: shops.connector.prices,
    bulk: { writes: shops.connector.bulk, wait: (ms: number, aborted: AbortSignal) => clock.sleep(ms, aborted), ...(only ? { only } : {}) },
  };
  for (;;) {
    const { comeBackAt } = await runApply(deps, db.contextOf(tenant), { id }, new AbortController().signal);
    if (!comeBackAt) break;
    await clock.sleep(comeBackAt.getTime() - clock.now());
  }
  const ours = clock.now() - start;
  const work = performance.now() - realStart;
  const change = await db.uow.run(tenant, (tx) => tx.changes.get(id));
  const written = shop.writes.lastSeq - before;
  if (change?.state !== 'applied' || written !== rows) throw new Error(`The apply of the benchmark ended as ${change?.state} with ${written} of ${rows} writes`);
  await clearPlans(db, tenant);
  const line = lineOf(`apply, ${plan}, ${variants} a product, ${only ?? 'chosen'}`, rows, ours, work, shops.answers);
  if (only === 'calls') return line;
  // A bulk operation's writes cost no points and no speed of them is published: what the simulated shop does is a parameter of it.
  const { startMs, rowsPerSecond } = mutationSpeed(shops.simulator, shop);
  if (only === 'bulk') return { ...line, bare: Math.max(line.bare, startMs + (rows / rowsPerSecond / shops.connector.bulk.maxAtOnce) * 1_000), ratio: null, goal: null, note: `bare: ${shops.connector.bulk.maxAtOnce} operations at once of ${rowsPerSecond} rows a second; ${line.note}` };
  return { ...line, detail: { ...line.detail, chosen: change.way?.chosen ?? 'calls' }, note: change.way?.sentence ?? '' };
}

/** The way that was chosen against the quicker one of the two. */
function quicker(chosen: Line, calls: Line, bulk: Line): Line {
  const bare = Math.min(calls.ours, bulk.ours);
  return { ...chosen, bare, ratio: chosen.ours / bare, note: `bare: ${calls.ours <= bulk.ours ? 'calls' : 'bulk'}; ${chosen.note}` };
}

/** What the answers say of how well the shop's points were used. */
function lineOf(name: string, rows: number, ours: number, work: number, answers: readonly Answer[]): Line {
  const { maximum, restoreRate } = answers[0]!;
  const spent = (some: readonly Answer[]): number => some.reduce((sum, answer) => sum + (answer.actual ?? 0), 0);
  const least = (points: number): number => (Math.max(0, points - maximum) / restoreRate) * 1000;
  const [all, writes] = [least(spent(answers)), least(spent(answers.filter((answer) => answer.isMutation)))];
  const throttled = answers.filter((answer) => answer.throttled).length;
  const use = steadyUse(answers);
  const detail = {
    points: round(spent(answers)), readPoints: round(spent(answers.filter((answer) => !answer.isMutation))), calls: answers.length, reads: answers.filter((answer) => !answer.isMutation).length,
    throttled, bucketUse: use === null ? null : round(use), leastMs: Math.round(all), leastWritesMs: Math.round(writes),
    ratioWrites: writes > 0 ? round(ours / writes) : null, realMs: Math.round(work),
  };
  const note = [
    `writes alone ${writes > 0 ? `${(writes / 1000).toFixed(1)} s: ${(ours / writes).toFixed(3)}` : 'fit into the bucket'}`, `bucket used ${use === null ? '–' : `${(use * 100).toFixed(1)} %`}`, `${throttled} throttled`,
    `points ${Math.round(detail.points).toLocaleString('en')}, ${Math.round(detail.readPoints).toLocaleString('en')} of them to read in ${detail.reads.toLocaleString('en')} calls`, `took ${(work / 1000).toFixed(0)} s of real time`,
  ].join('; ');
  return { name, rows, ours, bare: all, ratio: all > 0 ? ours / all : null, runs: 1, goal: 1.05, unit: 'ms', note, detail };
}

/**
 * Share of what the bucket restored that was spent, from when it was first empty (under a twentieth) until the last answer; null where
 * it never was.
 */
function steadyUse(answers: readonly Answer[]): number | null {
  const from = answers.findIndex((answer) => answer.available < answer.maximum / 20);
  const [first, last] = [answers[from], answers.at(-1)];
  if (!first || !last || last.at - first.at < 1_000) return null;
  const points = answers.slice(from + 1).reduce((sum, answer) => sum + (answer.actual ?? 0), 0);
  return points / (((last.at - first.at) / 1000) * first.restoreRate + first.available - last.available);
}

function seconds(line: Line): string {
  return `${(line.ours / 1_000).toFixed(1)} s`;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
