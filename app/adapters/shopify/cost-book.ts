/**
 * What Shopify charged for each operation, by its size (rows, ids or page length). Shopify does not publish the whole
 * formula, so nothing is known here that Shopify did not report (`extensions.cost.requestedQueryCost`). Costs follow
 * from the schema and the document, not from the shop: one book serves all shops.
 */
export class CostBook {
  readonly #operations = new Map<string, Map<number, number>>();
  #largest = 0;

  learn(operation: string, size: number, requestedCost: number): void {
    let sizes = this.#operations.get(operation);
    if (!sizes) this.#operations.set(operation, (sizes = new Map()));
    sizes.set(size, requestedCost);
    if (requestedCost > this.#largest) this.#largest = requestedCost;
  }

  /** The dearest request seen so far, 0 before any. */
  get largest(): number {
    return this.#largest;
  }

  /** What one of exactly this size cost, or null where none was seen. */
  seen(operation: string, size: number): number | null {
    return this.#operations.get(operation)?.get(size) ?? null;
  }

  /** As `seen`, and where none was, in proportion to the one that is nearest in size; null before the first. */
  like(operation: string, size: number): number | null {
    let nearest: { readonly apart: number; readonly cost: number } | null = null;
    for (const [seen, cost] of this.#operations.get(operation) ?? []) {
      const apart = Math.abs(Math.log(Math.max(seen, 1) / Math.max(size, 1)));
      if (!nearest || apart < nearest.apart) nearest = { apart, cost: (cost * size) / Math.max(seen, 1) };
    }
    return nearest && nearest.cost;
  }

  /**
   * What a request of this size will cost at most, or null before the operation was ever seen. A size not seen yet
   * costs as much as the next larger one, or grows in proportion: too much rather than too little, and only once.
   */
  estimate(operation: string, size: number): number | null {
    const sizes = this.#operations.get(operation);
    if (!sizes) return null;
    const exact = sizes.get(size);
    if (exact !== undefined) return exact;
    let above = Infinity;
    let below = -Infinity;
    for (const seen of sizes.keys()) {
      if (seen > size && seen < above) above = seen;
      if (seen < size && seen > below) below = seen;
    }
    if (above !== Infinity) return sizes.get(above) ?? null;
    return ((sizes.get(below) ?? 0) * size) / Math.max(below, 1);
  }
}
