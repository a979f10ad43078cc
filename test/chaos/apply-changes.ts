import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from '../faults/chance.ts';
import { judgeWrites } from './judge-write-log.ts';
import type { ApprovedPlan, LoggedWrite, Shown, WriteVerdict } from './judge-write-log.ts';
import type { Json, RestApi } from './rest.ts';
import type { ChaosShop } from './stage.ts';

const PLAN_MS = 120_000;
/** From the read of a price to the moment in which its write lands, at the latest: what was read may be 5 s old, go out within 5 s, and land late. */
const WINDOW_MS = 15_000;
const ENDED = ['applied', 'partially_applied', 'failed', 'cancelled', 'rejected'];
const ENDINGS: readonly string[] = ['applied', 'settled', 'conflict', 'failed'];

export interface ShopOutcome {
  readonly domain: string;
  readonly changes: number;
  readonly rows: number;
  readonly endings: Readonly<Record<string, number>>;
  readonly verdict: WriteVerdict;
  /** What our API showed that must not be, and what the judge of the write log found. */
  readonly faults: readonly string[];
  readonly plans: readonly ApprovedPlan[];
  readonly writes: readonly LoggedWrite[];
}

/** Messages may still be on their way to the projection. */
async function replayed(api: RestApi): Promise<Json> {
  for (let left = 60; ; left -= 1) {
    const report = await api.post('/events/replay', { projection: 'change_projection' });
    if (report.differences.length === 0 || left === 0) return report;
    await sleep(500);
  }
}

const pair = (prices: Json): Shown => ({ price: prices.price.amount, compareAtPrice: prices.compareAtPrice === null ? null : prices.compareAtPrice.amount });

/** Sets single prices in the shop, as its merchant does at any time, until told to stop; none of them twice. Answers how many. */
export async function editNowAndThen({ sim }: ChaosShop, { chance, stop }: { chance: Chance; stop: AbortSignal }): Promise<number> {
  const variants: readonly Json[] = (await sim('GET', 'variants?limit=100000')).data;
  let edits = 0;
  while (!stop.aborted) {
    await sleep(chance.between(500, 3_000));
    await sim('POST', `variants/${chance.of(variants).id}`, { price: `${5_000 + edits++}.00` });
  }
  return edits;
}

/** Plans, approves and applies changes of a whole shop, the next when the last has ended, until told to stop; then judges. */
export async function applyOneAfterTheOther({ domain, api, sim }: ChaosShop, { chance, stop, settleMs }: { chance: Chance; stop: AbortSignal; settleMs: number }): Promise<ShopOutcome> {
  const plans: ApprovedPlan[] = [];
  const faults: string[] = [];
  const endings: Record<string, number> = {};
  const idBySku = new Map<string, string>((await sim('GET', 'variants?limit=100000')).data.map((row: Json) => [row.sku, String(row.id)]));
  let rows = 0;
  for (let n = 1; !stop.aborted; n += 1) {
    const percent = chance.between(1, 9) * (chance.happens(0.5) ? 1 : -1);
    const name = `change ${n}, ${percent} %`;
    const rule = { name, selector: { all: [] }, transform: { steps: [{ type: 'percent', value: String(percent) }], compareAt: { mode: 'keep' } } };
    const { id } = await api.post('/price-changes', { name, rule });
    await api.post(`/price-changes/${id}/preview`);
    const previewed = await api.until(`${name} of ${domain} is planned`, `/price-changes/${id}`, (seen) => seen.activity === null, PLAN_MS);
    if (previewed.state !== 'previewed') throw new Error(`${name} of ${domain} could not be planned: ${previewed.failure}`);
    await api.post(`/price-changes/${id}/approve`, { planHash: previewed.planHash });
    await api.post(`/price-changes/${id}/apply`);
    const ended = await api.until(`${name} of ${domain} has ended`, `/price-changes/${id}`, (seen) => ENDED.includes(seen.state), 60_000 + settleMs);
    const items = (await api.all(`/price-changes/${id}/items`)).filter((item) => item.outcome === 'planned' && item.after !== null);
    plans.push({ name, rows: Object.fromEntries(items.map((item) => [idBySku.get(item.sku)!, { from: pair(item.before), to: pair(item.after) }])) });
    rows += items.length;
    for (const item of items) {
      endings[item.state] = (endings[item.state] ?? 0) + 1;
      if (!ENDINGS.includes(item.state)) faults.push(`${name}: row ${item.sku} is ${item.state} although the change is ${ended.state}`);
      if (item.state === 'failed' && !item.verdict) faults.push(`${name}: row ${item.sku} failed without a verdict`);
    }
    const counted = ENDINGS.reduce((sum, state) => sum + Number(ended.progress[state] ?? 0), 0);
    if (counted !== items.length) faults.push(`${name}: ${counted} endings of ${items.length} rows`);
  }
  // Every ending was told once: the log folded anew gives what is stored.
  const report = await replayed(api);
  if (!report.chainIntact) faults.push('the chain of the event log is broken');
  for (const difference of report.differences) faults.push(`the event log and the state differ: ${JSON.stringify(difference)}`);
  const writes: LoggedWrite[] = (await sim('GET', 'writes')).data;
  const verdict = judgeWrites(plans, writes, { windowMs: WINDOW_MS });
  return { domain, changes: plans.length, rows, endings, verdict, faults: [...faults, ...verdict.faults], plans, writes };
}
