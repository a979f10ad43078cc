import type { ConflictChoice } from '@calibr/types';

/**
 * What campaigns mean, as RULES.md says it and as simple as it can be said: each variant has a price without campaigns and a list of
 * layers; the highest shows. Written without a look at the code that it judges.
 */
export interface Price {
  readonly price: bigint;
  readonly compareAt: bigint | null;
}
export interface Made {
  readonly percent: number;
  readonly variants: readonly number[];
  readonly end: boolean;
  readonly priority: number;
  readonly sale: boolean;
}
export interface Conflict {
  readonly id: string;
  readonly variant: number;
}

interface Row {
  state: 'applied' | 'conflict' | 'kept';
  /** The price that the plan gave it. */
  readonly target: Price;
  /** The price without campaigns that the plan was made on. */
  base: Price;
  /** What the shop showed when the conflict was found. */
  found: Price | null;
}
interface Change {
  readonly id: string;
  readonly order: number;
  readonly campaign: boolean;
  readonly priority: number;
  over: boolean;
  readonly rows: Map<number, Row>;
}
interface Layer extends Price {
  readonly of: Change;
}
interface Variant {
  baseline: Price;
  live: Price;
  layers: Layer[];
}

const same = (a: Price, b: Price): boolean => a.price === b.price && a.compareAt === b.compareAt;
const only = ({ price, compareAt }: Price): Price => ({ price, compareAt });

export class CampaignModel {
  readonly #variants = new Map<number, Variant>();
  readonly #changes: Change[] = [];

  constructor(variants: readonly number[]) {
    for (const ref of variants) this.#variants.set(ref, { baseline: { price: 1_000n, compareAt: null }, live: { price: 1_000n, compareAt: null }, layers: [] });
  }

  running(): string[] {
    return this.#changes.filter((change) => change.campaign && !change.over).map(({ id }) => id);
  }
  rollable(): string[] {
    return this.#changes.filter((change) => !change.over && [...change.rows.values()].some((row) => row.state === 'applied')).map(({ id }) => id);
  }
  conflicts(): Conflict[] {
    return this.#changes.flatMap((change) => [...change.rows].filter(([, row]) => row.state === 'conflict').map(([variant]) => ({ id: change.id, variant })));
  }
  live = (variant: number): Price => only(this.#of(variant).live);
  baseline = (variant: number): Price => only(this.#of(variant).baseline);
  picture(): unknown {
    return [...this.#variants].map(([variant, { live, baseline, layers }]) => ({ variant, live, baseline, layers: layers.map((layer) => layer.of.id) }));
  }

  start(id: string, { percent, variants, end, priority, sale }: Made): void {
    const change: Change = { id, order: this.#changes.length, campaign: end, priority, over: false, rows: new Map() };
    this.#changes.push(change);
    for (const ref of variants) {
      const variant = this.#of(ref);
      const target = priced(variant.baseline, percent, sale);
      if (same(target, variant.baseline)) continue;
      const row: Row = { state: 'applied', target, base: variant.baseline, found: null };
      change.rows.set(ref, row);
      if (!end) this.#setBaseline(variant, target);
      else if (variant.layers.length && !same(variant.live, variant.layers[0]!)) {
        row.state = 'conflict';
        row.found = variant.live;
      } else this.#put(variant, change, target);
    }
  }

  end(id: string): void {
    const change = this.#change(id);
    change.over = true;
    for (const [ref, row] of change.rows) if (row.state !== 'conflict') this.#take(this.#of(ref), change);
  }

  /** `refused`: the rollback had nothing to write. */
  rolledBack(id: string, refused: boolean): void {
    const change = this.#change(id);
    if (refused) return;
    for (const [ref, row] of change.rows) {
      if (row.state !== 'applied') continue;
      const variant = this.#of(ref);
      if (change.campaign) {
        if (variant.layers.length && same(variant.live, variant.layers[0]!)) this.#take(variant, change);
      } else if (same(variant.baseline, row.target)) this.#setBaseline(variant, row.base);
    }
  }

  edit(ref: number, price: Price): void {
    const variant = this.#of(ref);
    variant.live = price;
    const [top] = variant.layers;
    if (!top) {
      variant.baseline = price;
      return;
    }
    const row = top.of.rows.get(ref)!;
    if (row.state === 'conflict') row.found = price;
    else if (!same(price, top) && !top.of.over) {
      row.state = 'conflict';
      row.found = price;
    }
  }

  /** False where it is refused. */
  resolve({ id, variant: ref }: Conflict, choice: ConflictChoice): boolean {
    const change = this.#change(id);
    const variant = this.#of(ref);
    const row = change.rows.get(ref)!;
    const found = row.found!;
    const own = variant.layers.find((layer) => layer.of === change);
    if (change.over && choice === 'write_ours' && !own) return false;
    if (choice === 'write_ours' && !change.over) {
      const onTop = this.#highest(variant, change);
      // Written over exactly the price that was shown to whoever decided, and over no other.
      const stillThere = same(variant.live, found) || same(variant.live, row.target) || (!onTop && variant.layers.length > 0 && same(variant.live, variant.layers[0]!));
      if (!stillThere) {
        row.found = variant.live;
        return true;
      }
      if (variant.layers.length === 0) variant.baseline = found;
      row.state = 'applied';
      this.#put(variant, change, row.target, onTop);
      return true;
    }
    row.state = 'kept';
    const wasOnTop = variant.layers[0] === own;
    if (own && !change.over) this.#reprice(variant, own, found);
    else if (own && choice === 'write_ours') {
      this.#reprice(variant, own, found);
      if (wasOnTop && same(variant.live, found)) this.#take(variant, change);
      else if (!wasOnTop) this.#take(variant, change);
    } else if (own) {
      variant.layers = variant.layers.filter((layer) => layer !== own);
      if (wasOnTop && variant.layers[0]) this.#reprice(variant, variant.layers[0], found);
      if (variant.layers.length === 0) variant.baseline = variant.live;
    }
    if (choice === 'new_baseline' && variant.layers.length > 0) variant.baseline = found;
    return true;
  }

  #of(ref: number): Variant {
    return this.#variants.get(ref)!;
  }
  #change(id: string): Change {
    return this.#changes.find((change) => change.id === id)!;
  }
  #highest(variant: Variant, change: Change): boolean {
    return variant.layers.every((layer) => layer.of === change || above(change, layer.of));
  }
  #setBaseline(variant: Variant, price: Price): void {
    variant.baseline = price;
    if (variant.layers.length === 0) variant.live = price;
  }
  #put(variant: Variant, change: Change, price: Price, onTop = this.#highest(variant, change)): void {
    variant.layers = [...variant.layers.filter((layer) => layer.of !== change), { ...price, of: change }].sort((a, b) => (above(a.of, b.of) ? -1 : 1));
    if (onTop) variant.live = price;
  }
  #take(variant: Variant, change: Change): void {
    const showed = variant.layers[0]?.of === change;
    variant.layers = variant.layers.filter((layer) => layer.of !== change);
    if (showed) variant.live = only(variant.layers[0] ?? variant.baseline);
  }
  #reprice(variant: Variant, layer: Layer, price: Price): void {
    variant.layers = variant.layers.map((each) => (each === layer ? { ...price, of: layer.of } : each));
  }
}

/** Larger priority on top, then the later one. */
function above(a: Change, b: Change): boolean {
  return a.priority !== b.priority ? a.priority > b.priority : a.order > b.order;
}

/** Percent of the price without campaigns, half away from zero; `sale` keeps the higher price as the struck-through one. */
function priced({ price, compareAt }: Price, percent: number, sale: boolean): Price {
  const next = (price * BigInt(100 + percent) * 2n + 100n) / 200n;
  if (!sale) return { price: next, compareAt };
  const reference = compareAt !== null && compareAt > price ? compareAt : price;
  return { price: next, compareAt: next < reference ? reference : null };
}
