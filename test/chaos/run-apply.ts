/**
 * `node test/chaos/run-apply.ts [--seconds 60] [--seed N] [--json]`: the whole app against the simulated Shopify, while changes are
 * applied, workers are killed and stopped, PostgreSQL is restarted and Shopify fails in many ways. The shop's own write log is judged by
 * judge-write-log.ts; that every row has one ending is asked of the REST API. Prints counts; exit code 1 when a bar is missed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Chance } from '../faults/chance.ts';
import { applyOneAfterTheOther, editNowAndThen } from './apply-changes.ts';
import type { ShopOutcome } from './apply-changes.ts';
import { driveFaults } from './drive-faults.ts';
import type { FaultCounts } from './drive-faults.ts';
import { faultPlan } from './fault-plan.ts';
import { openStage } from './stage.ts';
import type { ChaosShop } from './stage.ts';

const WORKERS = 3;
const SHOPS = 3;
const PRODUCTS = 60;
/** Production's is 40 s; what the simulator lets land late lands within this. */
const QUIET_MS = 4_000;
const LANDS_LATE_MS = 2_500;
/** A write needs 29 s of its lease. */
const LEASE_MS = 36_000;
const SETTLE_MS = 120_000;
/** A PostgreSQL that is gone for this long is seen by everybody. */
const DOWN_MS = 1_500;
const PER_SECOND = { kills: 0.5, stops: 0.12 };

export interface ApplyReport {
  readonly seed: number;
  readonly faults: FaultCounts;
  readonly workersStarted: number;
  readonly crashes: readonly string[];
  readonly shops: readonly ShopOutcome[];
  /** What the bystanders' /readyz answered, changes only. */
  readonly readiness: Readonly<Record<'app' | 'worker', readonly number[]>>;
  readonly settledAfterMs: number;
  /** Prices that merchants set meanwhile. */
  readonly edits: number;
}

/** What must not be; an empty list is a pass. */
export function missedByApply({ crashes, shops, readiness, faults }: ApplyReport): string[] {
  const red = (of: 'app' | 'worker'): string[] => {
    const seen = readiness[of];
    return seen.at(-1) === 200 && (faults.postgres === 0 || seen.some((status) => status !== 200)) ? [] : [`/readyz of the ${of} answered ${seen.join(', ')}`];
  };
  return [...crashes.map((crash) => `crash: ${crash}`), ...red('app'), ...red('worker'), ...shops.flatMap((shop) => shop.faults.map((fault) => `${shop.domain}: ${fault}`)),
    ...(shops.every((shop) => shop.rows > 0) ? [] : ['a shop in which nothing was applied'])];
}

/** What Shopify does to us all the while, some of it in every shop. */
async function shopifyFails(shop: ChaosShop, seed: number): Promise<void> {
  const orders = [
    { kind: 'http_503', probability: 0.03 }, { kind: 'slow_body', probability: 0.05, delayMs: 300 }, { kind: 'late_landing', probability: 0.02, delayMs: LANDS_LATE_MS },
    { kind: 'malformed_json', probability: 0.01 }, { kind: 'throttle_storm', probability: 0.02 }, { kind: 'null_data', operation: 'VariantPricesUpdate', probability: 0.01 },
  ];
  for (const [index, order] of orders.entries()) await shop.sim('POST', 'faults', { ...order, seed: seed + index });
}

export async function runApply({ seconds, seed, keep, say }: { seconds: number; seed: number; keep?: string; say: (line: string) => void }): Promise<ApplyReport> {
  const plan = faultPlan({
    seed, seconds, slots: WORKERS, kills: Math.ceil(PER_SECOND.kills * seconds), stops: Math.ceil(PER_SECOND.stops * seconds), restarts: seconds >= 30 ? 2 : 1, leaseMs: 4_000,
  });
  const stage = await openStage({ workers: WORKERS, quietMs: QUIET_MS, leaseMs: LEASE_MS, say });
  const watching = new AbortController();
  try {
    const shops = await Promise.all(Array.from({ length: SHOPS }, (_, n) => stage.makeShop(`chaos-${seed}-${n}`, PRODUCTS)));
    await Promise.all(shops.map((shop, n) => shopifyFails(shop, seed * 10 + n)));
    const readiness = { app: watch(stage.readyUrls.app, watching.signal), worker: watch(stage.readyUrls.worker, watching.signal) };
    const stopped = new AbortController();
    let calm = 0;
    const [faults, outcomes, edits] = await Promise.all([
      driveFaults(plan, { slots: stage.workers, cluster: { restartImmediately: () => stage.cluster.restartImmediately(DOWN_MS) }, say, leaseMs: QUIET_MS }).then(async (counts) => {
        calm = performance.now();
        stopped.abort();
        await Promise.all(shops.map((shop) => shop.sim('DELETE', 'faults')));
        return counts;
      }),
      Promise.all(shops.map((shop, n) => applyOneAfterTheOther(shop, { chance: new Chance(seed * 100 + n), stop: stopped.signal, settleMs: SETTLE_MS }))),
      Promise.all(shops.map((shop, n) => editNowAndThen(shop, { chance: new Chance(seed * 1_000 + n), stop: stopped.signal }))),
    ]);
    const settledAfterMs = Math.round(performance.now() - calm);
    if (keep !== undefined) {
      mkdirSync(keep, { recursive: true });
      for (const { domain, plans, writes } of outcomes) {
        writeFileSync(join(keep, `${domain}.plans.json`), JSON.stringify(plans));
        writeFileSync(join(keep, `${domain}.writes.json`), JSON.stringify(writes));
      }
    }
    await sleep(500);
    watching.abort();
    return {
      seed, faults, workersStarted: stage.workers.started(), crashes: [...stage.workers.crashes(), ...stage.bystanders.crashes()], shops: outcomes,
      readiness: { app: await readiness.app, worker: await readiness.worker }, settledAfterMs, edits: edits.reduce((sum, count) => sum + count, 0),
    };
  } finally {
    watching.abort();
    await stage.end();
  }
}

/** Asks again and again; answers how the status changed. 0: no answer at all. */
async function watch(url: string, signal: AbortSignal): Promise<number[]> {
  const seen: number[] = [];
  while (!signal.aborted) {
    const status = await fetch(url, { signal: AbortSignal.timeout(8_000) }).then(async (response) => {
      await response.arrayBuffer();
      return response.status;
    }, () => 0);
    if (!signal.aborted && seen.at(-1) !== status) seen.push(status);
    await sleep(100);
  }
  return seen;
}

export function printApply({ seed, faults, workersStarted, crashes, shops, readiness, settledAfterMs, edits }: ApplyReport): string {
  return [
    `apply, seed ${seed}: ${faults.kills} kill -9, ${faults.stops} SIGSTOP, ${faults.postgres} immediate PostgreSQL restarts, ${workersStarted} workers started, ${crashes.length} crashes, ${edits} edits by merchants`,
    ...shops.map((shop) => `${shop.domain}: ${shop.changes} changes, ${shop.rows} rows (${Object.entries(shop.endings).map(([state, count]) => `${count} ${state}`).join(', ')}), ${shop.verdict.writes} writes of which ${shop.verdict.changing} changed a price, ${shop.verdict.inWindow} in the read-write window, ${shop.faults.length} faults`),
    `/readyz of the app: ${readiness.app.join(' → ')} · of a worker: ${readiness.worker.join(' → ')} · settled ${settledAfterMs} ms after the last fault`,
  ].join('\n');
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' }, keep: { type: 'string' }, json: { type: 'boolean', default: false } } });
  const seed = values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : Number(values.seed);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  say(`seed ${seed}`);
  const report = await runApply({ seconds: Number(values.seconds), seed, ...(values.keep === undefined ? {} : { keep: values.keep }), say });
  process.stdout.write(`${values.json ? JSON.stringify({ ...report, shops: report.shops.map(({ plans: _plans, writes: _writes, ...shop }) => shop) }) : printApply(report)}\n`);
  const failures = missedByApply(report);
  if (failures.length > 0) say(`NOT KEPT:\n${failures.slice(0, 30).join('\n')}`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}
