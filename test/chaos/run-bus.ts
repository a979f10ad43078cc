/**
 * `node test/chaos/run-bus.ts [--seconds 60] [--seed N] [--queue postgres|redis] [--json]`: the event bus in real processes on a real
 * PostgreSQL, while processes are killed and stopped and the server is restarted. Prints counts; exit code 1 when a bar is missed.
 */
import { parseArgs } from 'node:util';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPool } from '../../app/adapters/db/pool.ts';
import { createTenancy } from '../../app/adapters/db/tenancy.ts';
import { createUnitOfWork } from '../../app/adapters/db/unit-of-work.ts';
import { tenantId } from '../../app/domain/kernel/ids.ts';
import { withClient } from '../../prisma/bootstrap/roles.ts';
import { silentLog } from '../contract/silent-log.ts';
import { startRedis } from '../contract/redis-server.ts';
import { BUS_TABLES } from './bus-tables.ts';
import { judge } from './bus-judge.ts';
import type { Happened, Verdict } from './bus-judge.ts';
import { produce } from './bus-producer.ts';
import { startCluster } from './cluster.ts';
import { driveFaults } from './drive-faults.ts';
import type { FaultCounts } from './drive-faults.ts';
import { faultPlan } from './fault-plan.ts';
import { openSlots } from './slots.ts';

const WORKERS = 5;
const TENANTS = 3;
const AGGREGATES = 150;
const LEASE_SECONDS = 2;
const SETTLE_MS = 120_000;
const PER_SECOND = { messages: 100, kills: 1.85, stops: 0.56 };

/** Messages that one statement ended were told at once. */
const TOLD = 'select aggregate, seq from (select aggregate, seq, min(n) over (partition by tx) as first from chaos.told) t order by first, seq';
/** A projection that moves over several events at once has taken all of them; whether it counted each is for the replay to say. */
const PROJECTED = `select p.aggregate, e.seq from chaos.projected p join events e on e.aggregate_id = p.aggregate and e.seq > coalesce(p.before, 0) and e.seq <= p.seq
  where p.before is distinct from p.seq order by p.n, e.seq`;

export interface BusReport {
  readonly seed: number;
  readonly queue: 'postgres' | 'redis';
  readonly messages: number;
  readonly faults: FaultCounts;
  readonly processesStarted: number;
  readonly crashes: readonly string[];
  /** Commits that were answered and are not in the log. */
  readonly commitsLost: number;
  readonly commitsUnanswered: number;
  /** Messages whose lease was taken over, from a dead or stopped worker. */
  readonly takenOver: number;
  readonly deadLetters: number;
  readonly told: Verdict;
  readonly projected: Verdict;
  /** Aggregates whose projection differs from the log folded anew, and broken links of the log. */
  readonly projectionsWrong: number;
  readonly chainsBroken: number;
  readonly effects: Verdict;
  readonly settledAfterMs: number;
}

/** What must be none, by name; an empty list is a pass. */
export function missed(report: BusReport): string[] {
  const bad = (of: string, { lost, outOfOrder, lateRepeats, unknown }: Verdict): (readonly [string, number])[] =>
    [[`${of} lost`, lost], [`${of} out of order`, outOfOrder], [`${of} repeated late`, lateRepeats], [`${of} of no event`, unknown]];
  return [
    ...bad('messages', report.told), ...bad('projections', report.projected), ...bad('effects', report.effects),
    ['effects doubled', report.effects.repeats] as const, ['answered commits lost', report.commitsLost] as const, ['dead letters', report.deadLetters] as const,
    ['projections that differ from the log', report.projectionsWrong] as const, ['broken chains', report.chainsBroken] as const, ['crashes', report.crashes.length] as const,
  ].filter(([, count]) => count > 0).map(([what, count]) => `${what}: ${count}`);
}

export async function runBus({ seconds, seed, queue = 'postgres', say }: { seconds: number; seed: number; queue?: 'postgres' | 'redis'; say: (line: string) => void }): Promise<BusReport> {
  const messages = Math.ceil(PER_SECOND.messages * seconds);
  const plan = faultPlan({
    seed, seconds, slots: WORKERS, kills: Math.ceil(PER_SECOND.kills * seconds), stops: Math.ceil(PER_SECOND.stops * seconds),
    restarts: seconds >= 30 ? 2 : 1, leaseMs: LEASE_SECONDS * 1_000, redis: queue === 'redis',
  });
  const cluster = await startCluster(say);
  const redis = queue === 'redis' ? await startRedis() : undefined;
  const { urls } = cluster;
  await withClient(urls.superuser, (client) => client.query(BUS_TABLES));
  const pool = createPool({ url: urls.app, max: 4, applicationName: 'chaos-producer', log: silentLog });
  const { withTenant } = createTenancy(pool);
  const uow = createUnitOfWork(withTenant);
  const domains = Array.from({ length: TENANTS }, (_, n) => `chaos-${n}.myshopify.com`);
  const tenants = await Promise.all(domains.map(async (domain) =>
    tenantId((await pool.query<{ id: string }>(`select app.install_shop($1, $1, 'USD', 'UTC', 'plus', '{}') as id`, [domain])).rows[0]!.id)));
  const slots = openSlots({
    count: WORKERS, spares: 3, readyAfter: 'message', args: ['test/chaos/bus-worker.ts'], logFile: join(cluster.folder, 'workers.log'),
    env: (name) => ({
      DATABASE_URL: urls.app, DISPATCHER_DATABASE_URL: urls.dispatcher, LEASE_SECONDS: String(LEASE_SECONDS), WORKER_NAME: name,
      NODE_COMPILE_CACHE: join(cluster.folder, 'compiled'), ...(redis ? { REDIS_URL: redis.url } : {}),
    }),
  });
  try {
    await slots.allAtWork();
    const [faults, produced] = await Promise.all([
      driveFaults(plan, { slots, cluster, ...(redis ? { redis } : {}), say, leaseMs: LEASE_SECONDS * 1_000 }),
      produce(uow, { tenants, aggregates: AGGREGATES, messages, ms: seconds * 950, seed }),
    ]);
    const calm = performance.now();
    await settle(urls.superuser);
    const settledAfterMs = Math.round(performance.now() - calm);
    const processesStarted = slots.started();
    const crashes = [...slots.crashes()];
    await slots.end();
    return await withClient(urls.superuser, async (client) => {
      const rows = async <R extends object>(sql: string, params: unknown[] = []): Promise<R[]> => (await client.query<R & Record<string, unknown>>(sql, params)).rows;
      const happened = async (sql: string): Promise<Happened[]> =>
        (await rows<{ aggregate: string; seq: string }>(sql)).map(({ aggregate, seq }) => ({ aggregate, seq: BigInt(seq) }));
      const log = await happened(`select aggregate_id as aggregate, seq from events where aggregate_type = 'price_change' order by seq`);
      const of = async (list: Promise<Happened[]>): Promise<Verdict> => judge(log, await list);
      const known = new Set((await rows<{ id: string }>('select id from events')).map(({ id }) => id));
      const replays = await Promise.all(tenants.map((tenant) => uow.run(tenant, async (tx) => ({
        // The changes themselves were never there: only their events are.
        differences: (await tx.journal.replayChanges()).filter(({ field }) => !/^(rows |state of the change)/.test(field)).length, broken: [await tx.journal.brokenLink('events'), await tx.journal.brokenLink('audit')].filter((link) => link !== null).length,
      }))));
      const [outbox] = await rows<{ taken: number; dead: number }>(`select count(*) filter (where epoch > 1)::int as taken, count(*) filter (where state = 'dead')::int as dead from outbox`);
      return {
        seed, queue, messages: log.length, faults, processesStarted, crashes, commitsLost: produced.answered.filter((id) => !known.has(id)).length, commitsUnanswered: produced.unanswered,
        takenOver: outbox!.taken, deadLetters: outbox!.dead,
        told: await of(happened(TOLD)),
        projected: await of(happened(PROJECTED)),
        projectionsWrong: replays.reduce((sum, { differences }) => sum + differences, 0), chainsBroken: replays.reduce((sum, { broken }) => sum + broken, 0),
        effects: await of(happened('select aggregate, seq from chaos.effects order by n')),
        settledAfterMs,
      };
    });
  } finally {
    await slots.end();
    await pool.end().catch(() => undefined);
    await redis?.stop();
    await cluster.end();
  }
}

/** Waits until nothing is left to tell and every event has its effect; what is not so by then is what the judge counts. */
async function settle(url: string): Promise<void> {
  const open = `select (select count(*) from outbox where state in ('ready', 'leased')) + (select count(*) from chaos.due_work()) as n`;
  for (const end = Date.now() + SETTLE_MS; Date.now() < end; await sleep(250)) {
    if (await withClient(url, async (client) => Number((await client.query(open)).rows[0].n)).catch(() => 1) === 0) return;
  }
}

export function printBus(report: BusReport): string {
  const { faults, told, projected, effects } = report;
  const line = (what: string, v: Verdict): string => `${what}: ${v.lost} lost, ${v.outOfOrder} out of order, ${v.lateRepeats} late repeats (${v.repeats} repeats)`;
  return [
    `bus, seed ${report.seed}, queue on ${report.queue}: ${report.messages} messages, ${report.processesStarted} processes started`,
    `faults: ${faults.kills} kill -9, ${faults.stops} SIGSTOP (${faults.longStops} longer than the lease), ${faults.postgres} immediate PostgreSQL restarts, ${faults.redis} of Redis`,
    `leases taken over: ${report.takenOver} · commits without an answer: ${report.commitsUnanswered} · settled ${report.settledAfterMs} ms after the last fault`,
    line('messages told', told), line('projection', projected), line('effects of handlers', effects),
    `answered commits lost: ${report.commitsLost} · dead letters: ${report.deadLetters} · projections that differ from the log: ${report.projectionsWrong} · broken chains: ${report.chainsBroken} · crashes: ${report.crashes.length}`,
    ...report.crashes.map((crash) => `  ${crash}`),
  ].join('\n');
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' }, queue: { type: 'string', default: 'postgres' }, json: { type: 'boolean', default: false } } });
  const seed = values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : Number(values.seed);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  say(`seed ${seed}`);
  const report = await runBus({ seconds: Number(values.seconds), seed, queue: values.queue === 'redis' ? 'redis' : 'postgres', say });
  process.stdout.write(`${values.json ? JSON.stringify(report) : printBus(report)}\n`);
  const failures = missed(report);
  if (failures.length > 0) say(`NOT KEPT: ${failures.join('; ')}`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}
