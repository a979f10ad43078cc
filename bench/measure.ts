/** One thing to time: `work` is timed, `before` and `after` are not. */
export interface Timed {
  readonly before?: () => unknown;
  readonly work: () => unknown;
  readonly after?: () => unknown;
}

/** One line of the report: medians of `runs` interleaved runs. */
export interface Line {
  readonly name: string;
  readonly rows: number;
  readonly ours: number;
  readonly bare: number;
  /** Null where the bare thing takes no time at all. */
  readonly ratio: number | null;
  readonly runs: number;
  /** What PERFORMANCE.md asks of the ratio; null where it asks nothing. */
  readonly goal: number | null;
  /** Of `ours` and `bare`. */
  readonly unit: 'ms' | 'MB';
  readonly note: string;
  /** More numbers of this benchmark, for the JSON. */
  readonly detail?: Readonly<Record<string, number | string | null>>;
}

export interface LineOptions {
  readonly name: string;
  readonly rows: number;
  readonly goal?: number;
  readonly runs?: number;
  /** No further pair of runs starts after this long; at least one is made. */
  readonly budgetMs?: number;
  readonly note?: string | (() => string);
}

export const RUNS = 5;
const BUDGET_MS = 60_000;

/**
 * Times ours against the bare thing, one after the other in turn, so that whatever else the machine does meets both.
 * The first pair only warms up and is thrown away, unless one pair alone takes a good part of the budget.
 */
export async function compare(options: LineOptions, ours: Timed, bare: Timed): Promise<Line> {
  const budgetMs = options.budgetMs ?? BUDGET_MS;
  const start = performance.now();
  const times: { ours: number; bare: number }[] = [];
  for (let run = 0; run <= (options.runs ?? RUNS); run += 1) {
    if (run > 0 && times.length > 0 && performance.now() - start > budgetMs) break;
    // Every other pair begins with the bare one: the first of a pair finds the caches as the pair before left them.
    const pair = run % 2 === 0 ? { ours: await time(ours), bare: await time(bare) } : swapped(await time(bare), await time(ours));
    if (run > 0 || performance.now() - start > budgetMs / 4) times.push(pair);
  }
  const oursMs = median(times.map((pair) => pair.ours));
  const bareMs = median(times.map((pair) => pair.bare));
  return {
    name: options.name, rows: options.rows, ours: oursMs, bare: bareMs, ratio: median(times.map((pair) => pair.ours / pair.bare)), runs: times.length,
    goal: options.goal ?? null, unit: 'ms', note: typeof options.note === 'function' ? options.note() : (options.note ?? ''),
  };
}

function swapped(bare: number, ours: number): { ours: number; bare: number } {
  return { ours, bare };
}

async function time({ before, work, after }: Timed): Promise<number> {
  await before?.();
  const start = performance.now();
  await work();
  const took = performance.now() - start;
  await after?.();
  return took;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The most resident memory above what there was at the start while `work` ran, in MB. */
export async function memoryGrowth(work: () => Promise<unknown>): Promise<number> {
  collectGarbage();
  return growthWhile(work);
}

export function collectGarbage(): void {
  (globalThis as { gc?: () => void }).gc?.();
}

/** As `memoryGrowth`, from whatever there is: where the collection before it should not be timed. */
export async function growthWhile(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = before;
  const watch = setInterval(() => { most = Math.max(most, process.memoryUsage.rss()); }, 20);
  try {
    await work();
  } finally {
    clearInterval(watch);
  }
  return Math.max(0, Math.max(most, process.memoryUsage.rss()) - before) / 2 ** 20;
}
