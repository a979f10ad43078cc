import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startBenchDatabase } from './bench-database.ts';
import type { BenchDatabase } from './bench-database.ts';
import { benchApply } from './jobs/apply.ts';
import { benchBookkeeping } from './jobs/bookkeeping.ts';
import { benchCatalogPage } from './jobs/catalog-page.ts';
import { benchEvaluate } from './jobs/evaluate.ts';
import { benchIngest } from './jobs/ingest.ts';
import { benchMemory } from './jobs/memory.ts';
import { benchMerge } from './jobs/merge.ts';
import { benchPreview } from './jobs/preview.ts';
import { benchRelay } from './jobs/relay.ts';
import { benchRollback } from './jobs/rollback.ts';
import { benchRowSecurity } from './jobs/row-security.ts';
import { benchSummary } from './jobs/summary.ts';
import { makeCatalog, planRule } from './made-catalog.ts';
import type { Line } from './measure.ts';
import { table } from './report.ts';
import type { TenantId } from '../app/domain/kernel/ids.ts';
import type { Shop } from './planned-change.ts';

type Job = (db: BenchDatabase, shop: Shop) => Promise<Line[]>;
const JOBS: Readonly<Record<string, Job>> = {
  evaluate: benchEvaluate as Job, preview: benchPreview, summary: benchSummary, apply: benchApply, bookkeeping: benchBookkeeping, rollback: benchRollback,
  page: benchCatalogPage, rls: benchRowSecurity, memory: benchMemory, merge: benchMerge, relay: benchRelay, ingest: benchIngest,
};
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  // The goals of the pricing engine, at the sizes they are set for.
  engine: ['evaluate', 'preview', 'summary', 'bookkeeping', 'rollback', 'page', 'rls', 'memory'],
  catalog: ['page', 'merge', 'ingest'],
};
/** The goals that write plans are set for this many rows. */
const PLANNED_MAX = 100_000;
const USAGE = `npm run bench -- [NAME…] [--rows 10000,100000] [--planned 100000] [--json]
  NAME       ${[...Object.keys(JOBS), ...Object.keys(GROUPS)].join(', ')}; all of them unless named
  --rows     how many variants, one report for each number; 10000 unless told, 1000000 for engine
  --planned  how many of them a plan changes; all up to 100000 unless told
  --json     nothing but JSON on standard output`;

/** Times are of this machine at this moment; only the ratio of two things measured in turn says something. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true, options: { json: { type: 'boolean', default: false }, rows: { type: 'string' }, planned: { type: 'string' }, help: { type: 'boolean', default: false } },
  });
  if (values.help) return void process.stdout.write(`${USAGE}\n`);
  const unknown = positionals.filter((name) => !(name in JOBS) && !(name in GROUPS));
  const sizes = (values.rows ?? (positionals.includes('engine') ? '1000000' : '10000')).split(',').map(Number);
  const planned = Number(values.planned ?? PLANNED_MAX);
  if (unknown.length > 0 || [...sizes, planned].some((size) => !Number.isSafeInteger(size) || size < 100)) {
    process.stderr.write(`${unknown.length > 0 ? `There is no benchmark ${unknown.join(', ')}.` : '--rows and --planned take whole numbers from 100 on.'}\n${USAGE}\n`);
    process.exitCode = 2;
    return;
  }
  const names = positionals.length === 0 ? Object.keys(JOBS) : [...new Set(positionals.flatMap((name) => GROUPS[name] ?? [name]))];
  // Memory is measured from after a collection.
  setFlagsFromString('--expose-gc');
  (globalThis as { gc?: unknown }).gc = runInNewContext('gc') as unknown;
  const say = (text: string): void => void (values.json ? process.stderr : process.stdout).write(`${text}\n`);
  const reports: { rows: number; lines: readonly Line[] }[] = [];
  for (const rows of sizes) {
    const lines = await report(names, rows, Math.min(rows, planned), (text) => process.stderr.write(`${text}\n`));
    reports.push({ rows, lines });
    if (!values.json) say(`\n${rows.toLocaleString('en')} variants\n${table(lines)}\n`);
  }
  process.stdout.write(`${JSON.stringify({ reports })}\n`);
}

/** Each size has a server of its own, so that one report does not depend on another. */
async function report(names: readonly string[], rows: number, planned: number, say: (text: string) => void): Promise<readonly Line[]> {
  const lines: Line[] = [];
  const onlyMemory = names.every((name) => name === 'evaluate');
  const db = onlyMemory ? null : await startBenchDatabase();
  const interrupted = (): void => void db?.stop().finally(() => process.exit(130));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted);
  try {
    const tenant = db ? await db.newTenant('bench') : ('' as TenantId);
    if (db) {
      const neighbour = Math.min(rows, PLANNED_MAX);
      say(`Making ${rows.toLocaleString('en')} variants, and a second shop with ${neighbour.toLocaleString('en')}`);
      await makeCatalog(db, tenant, rows);
      await makeCatalog(db, await db.newTenant('bench-neighbour'), neighbour);
    }
    for (const name of names) {
      const start = performance.now();
      const done = await JOBS[name]!(db as BenchDatabase, { tenant, rows, planned, rule: planRule(rows, planned) });
      lines.push(...done);
      say(`${name} (${((performance.now() - start) / 1000).toFixed(0)} s): ${done.map((line) => line.ratio?.toFixed(2) ?? '–').join(', ')}`);
    }
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupted);
    await db?.stop();
  }
  return lines;
}

await main();
