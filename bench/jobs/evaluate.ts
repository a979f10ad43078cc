import { compileRule } from '../../app/domain/rules/compile.ts';
import { makeFacts } from '../../app/domain/rules/facts.ts';
import type { Facts } from '../../app/domain/rules/facts.ts';
import { encodeTrace } from '../../app/domain/rules/trace.ts';
import { foldText } from '../../app/domain/rules/text.ts';
import { EVALUATE_RULE } from '../made-catalog.ts';
import { compare } from '../measure.ts';
import type { Line } from '../measure.ts';

/** The compiled rule over rows in memory against the same decisions written by hand. */
export async function benchEvaluate(_: unknown, { rows }: { rows: number }): Promise<Line[]> {
  const catalog = Array.from({ length: rows }, (__, n) => madeFacts(n));
  const compiled = compileRule(EVALUATE_RULE, 'USD');
  mustAgree(catalog, compiled.evaluate);
  const untraced = { trace: false };
  const writtenTrace = (facts: Facts): string | null => {
    const written = compiled.write(facts);
    return written && `[${written.steps}${written.outcomeStep}]`;
  };
  // Few rows are gone through several times in one measurement, so that the clock can tell the two apart.
  const many = Math.max(1, Math.round(100_000 / rows));
  const over = (judge: (facts: Facts) => unknown, times: number) => ({
    work: () => {
      let kept = 0;
      for (let time = 0; time < times; time += 1) for (const facts of catalog) if (judge(facts) !== null) kept += 1;
      return kept;
    },
  });
  const note = many > 1 ? `${many} times over` : '';
  return [
    await compare({ name: 'evaluate', rows, goal: 1.5, runs: 9, note }, over((facts) => compiled.evaluate(facts, untraced), many), over(byHand, many)),
    await compare({ name: 'evaluate, select only', rows, runs: 9, note }, over((facts) => compiled.selects(facts) || null, many), over((facts) => selectedByHand(facts) || null, many)),
    await compare({ name: 'evaluate with trace', rows }, over((facts) => compiled.evaluate(facts), 1), over(byHand, 1)),
    await compare({ name: 'evaluate with trace, encoded', rows }, over((facts) => encodeTrace(compiled.evaluate(facts).trace!), 1), over(byHand, 1)),
    await compare({ name: 'evaluate, trace as a plan writes it', rows }, over(writtenTrace, 1), over(byHand, 1)),
  ];
}

const VENDORS = ['Aurora', 'Borealis', 'Cirrus', 'Drift', 'Ember', 'Fjord', 'Glade', 'Harbour'];
const SEASONS = ['autumn', 'winter', 'spring', 'summer'];

function madeFacts(n: number): Facts {
  const price = 1000 + ((n * 7919) % 49000);
  return makeFacts({
    productTitle: `Northern Jacket ${n}`, productHandle: `item-${n}`, productVendor: VENDORS[n % 8]!, productType: 'Jacket', productStatus: 'ACTIVE',
    productTags: [`tag-${n % 50}`, SEASONS[n % 4]!], productCollections: [`collection-${n % 20}`], variantTitle: 'Large', sku: `SKU-${n}`,
    price, compareAtPrice: n % 3 === 0 ? price + 1500 : null, cost: Math.floor((price * (35 + (n % 30))) / 100), baselinePrice: price,
    inventoryQuantity: n % 120, options: { Size: 'Large' },
  });
}

const ASKED = new Set(['aurora', 'borealis', 'cirrus', 'drift', 'ember', 'fjord']);

function selectedByHand(facts: Facts): boolean {
  if (!ASKED.has(foldText(facts.productVendor as string))) return false;
  if (!(facts.productTags as readonly string[]).some((tag) => foldText(tag) === 'autumn') && !((facts.inventoryQuantity as number) > 10)) return false;
  const price = facts.price as number;
  return price >= 500 && price <= 45_000;
}

interface ByHand { readonly outcome: string; readonly price: bigint | null; readonly compareAtPrice: bigint | null; readonly warns: boolean }

/** EVALUATE_RULE as somebody would write it who has only this rule: 7/8 of the price within its limits, on the nearest 99. */
function byHand(facts: Facts): ByHand | null {
  if (!selectedByHand(facts)) return null;
  const price = facts.price as number;
  const cost = facts.cost as number | null;
  const was = facts.compareAtPrice as number | null;
  if (cost === null) return { outcome: 'blocked', price: null, compareAtPrice: null, warns: false };
  const lower = Math.max(Math.ceil((cost * 5) / 4), Math.ceil((price * 3) / 4));
  const eighths = Math.max(price * 7, lower * 8);
  const above = eighths - 792;
  const down = Math.floor(above / 800);
  const rest = above - down * 800;
  const steps = Math.max(2 * rest <= 800 ? down : down + 1, Math.ceil((lower - 99) / 100), 0);
  const next = 99 + steps * 100;
  const reference = was !== null && was > price ? was : price;
  const compareAt = next < reference ? reference : null;
  return {
    outcome: next === price && compareAt === was ? 'unchanged' : 'planned', price: BigInt(next), compareAtPrice: compareAt === null ? null : BigInt(compareAt), warns: next < cost,
  };
}

/** Two things that answer differently cannot be compared. */
function mustAgree(catalog: readonly Facts[], evaluate: (facts: Facts, options: { trace: boolean }) => { outcome: string; price: bigint | null; compareAtPrice: bigint | null }): void {
  for (const facts of catalog) {
    const ours = evaluate(facts, { trace: false });
    const bare = byHand(facts);
    const same = bare === null ? ours.outcome === 'notSelected' : ours.outcome === bare.outcome && ours.price === bare.price && ours.compareAtPrice === bare.compareAtPrice;
    if (!same) throw new Error(`The closure by hand and the rule disagree about ${facts.sku}: ${String(bare?.price)} and ${String(ours.price)}`);
  }
}
