/**
 * `node test/chaos/judge-write-log.ts --plans plans.json --writes writes.json` (or `--simulator http://… --shop …` in place of a file):
 * judges a shop's own log of writes. Knows nothing of Calibrate, its database or its code: only what was approved and what the shop saw.
 *
 * plans   a list, in the order of applying, of { name, rows: { variantId: { from: Shown, to: Shown } } }
 * writes  what GET /_sim/shops/{shop}/writes answers
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

export interface Shown {
  readonly price: string;
  readonly compareAtPrice: string | null;
}

export interface ApprovedPlan {
  readonly name: string;
  readonly rows: Readonly<Record<string, { readonly from: Shown; readonly to: Shown }>>;
}

export interface LoggedWrite {
  readonly seq: number;
  readonly at: string;
  readonly variantId: string;
  readonly before: Shown;
  readonly after: Shown;
  readonly actor: 'app' | 'merchant';
}

export interface WriteVerdict {
  /** Writes of the app, and those of them that changed a price. */
  readonly writes: number;
  readonly changing: number;
  /** One sentence each; none is a pass. */
  readonly faults: readonly string[];
  /** Writes over a price that somebody set within the read→write window just before: they cannot be avoided, only reported. */
  readonly inWindow: number;
}

const text = ({ price, compareAtPrice }: Shown): string => `${price}${compareAtPrice === null ? '' : ` (${compareAtPrice})`}`;
const same = (a: Shown, b: Shown): boolean => a.price === b.price && a.compareAtPrice === b.compareAtPrice;

/** At most one price-changing write per approved row, none over a price that is neither its from nor its to, and each variant's in the order of the plans. */
export function judgeWrites(plans: readonly ApprovedPlan[], writes: readonly LoggedWrite[], { windowMs = 0 }: { windowMs?: number } = {}): WriteVerdict {
  const faults: string[] = [];
  /** By variant: the plan that wrote last, and how often it changed the price. */
  const at = new Map<string, { plan: number; changes: number; merchantAt: number }>();
  let [ours, changing, inWindow] = [0, 0, 0];
  for (const write of [...writes].sort((a, b) => a.seq - b.seq)) {
    const place = at.get(write.variantId) ?? { plan: -1, changes: 0, merchantAt: -Infinity };
    at.set(write.variantId, place);
    const what = `write ${write.seq} of variant ${write.variantId}, ${text(write.before)} → ${text(write.after)}`;
    if (write.actor === 'merchant') {
      place.merchantAt = Date.parse(write.at);
      continue;
    }
    ours += 1;
    const changes = !same(write.before, write.after);
    if (changes) changing += 1;
    // The plan that this write belongs to: the first, from where the variant stands, that leads to this price.
    const found = plans.findIndex(({ rows }, index) => index >= Math.max(place.plan, 0) && rows[write.variantId] !== undefined && same(rows[write.variantId]!.to, write.after)
      && (!changes || index !== place.plan || place.changes === 0 || same(rows[write.variantId]!.from, write.before)));
    if (found < 0) {
      const earlier = plans.findIndex(({ rows }) => rows[write.variantId] !== undefined && same(rows[write.variantId]!.to, write.after));
      faults.push(earlier < 0 ? `${what}: nobody approved this price` : `${what}: out of order or written again, “${plans[earlier]!.name}” was over`);
      continue;
    }
    if (found !== place.plan) Object.assign(place, { plan: found, changes: 0 });
    const row = plans[found]!.rows[write.variantId]!;
    if (!same(write.before, row.from) && !same(write.before, row.to)) {
      if (Date.parse(write.at) - place.merchantAt <= windowMs) inWindow += 1;
      else faults.push(`${what}: over a price that is neither from (${text(row.from)}) nor to (${text(row.to)}) of “${plans[found]!.name}”`);
    }
    if (changes) {
      place.changes += 1;
      if (place.changes > 1) faults.push(`${what}: the ${place.changes}. change of the price for one row of “${plans[found]!.name}”`);
    }
  }
  return { writes: ours, changing, faults, inWindow };
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { plans: { type: 'string' }, writes: { type: 'string' }, simulator: { type: 'string' }, shop: { type: 'string' }, 'window-ms': { type: 'string', default: '0' } } });
  if (values.plans === undefined || (values.writes === undefined && (values.simulator === undefined || values.shop === undefined))) {
    process.stderr.write('usage: judge-write-log.ts --plans FILE (--writes FILE | --simulator URL --shop DOMAIN) [--window-ms N]\n');
    process.exit(2);
  }
  const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
  const log = values.writes === undefined ? await (await fetch(`${values.simulator}/_sim/shops/${values.shop}/writes`)).json() : read(values.writes);
  const verdict = judgeWrites(read(values.plans) as ApprovedPlan[], (Array.isArray(log) ? log : (log as { data: LoggedWrite[] }).data) as LoggedWrite[], { windowMs: Number(values['window-ms']) });
  process.stdout.write(`${verdict.writes} writes, ${verdict.changing} changed a price, ${verdict.inWindow} in the read-write window, ${verdict.faults.length} faults\n${verdict.faults.map((fault) => `  ${fault}\n`).join('')}`);
  process.exitCode = verdict.faults.length > 0 ? 1 : 0;
}
