import type { CurrencyCode } from '../../domain/kernel/currency.ts';
import type { SourceRecord } from '../../ports/catalog-source.ts';
import type { ChannelShop } from '../../ports/price-channel.ts';
import type { AdminAnswer, AdminApi, AdminCall } from './admin-api.ts';
import type { AdminFailure } from './failures.ts';
import { ProductCollectionsPageDocument, ProductVariantsPageDocument, ProductsByIdsDocument } from './generated/admin-documents.ts';
import type { ProductsByIdsQuery } from './generated/admin-documents.ts';
import { UnexpectedAnswer, refOf, toGid } from './gid.ts';
import { membershipFrom, productFrom, variantFrom } from './records.ts';

/** Shopify: at most 2,048 variants a product; a product is in far fewer collections than this. */
const MOST_CHILDREN = 4_096;
/** Shopify: a page has at most 250 objects. */
const LONGEST_PAGE = 250;

type ProductNode = Extract<ProductsByIdsQuery['nodes'][number], { readonly variants: unknown }>;
type PageInfo = ProductNode['variants']['pageInfo'];

/** How calls are sent: time-out, and until when they may wait. */
export interface CallLimits {
  readonly timeoutMs: number;
  readonly patienceMs: number;
}

function isProduct(node: ProductsByIdsQuery['nodes'][number]): node is ProductNode {
  return node !== null && 'variants' in node;
}

class CallFailed extends Error {
  readonly failure: AdminFailure;
  constructor(failure: AdminFailure) {
    super(failure.detail);
    this.failure = failure;
  }
}

/**
 * Fetches products with all their variants and collections. How much fits into one query depends on a cost formula that
 * Shopify does not publish: a query that costs too much (MAX_COST_EXCEEDED) is halved, and what fitted is remembered.
 */
export class ProductsByRef {
  readonly #api: AdminApi;
  readonly #limits: CallLimits;
  #productsAtOnce = 10;
  #childrenAtOnce = 50;
  #page = LONGEST_PAGE;

  constructor(api: AdminApi, limits: CallLimits) {
    this.#api = api;
    this.#limits = limits;
  }

  /** A ref that is gone is missing from the answer. Throws UnexpectedAnswer where the answer cannot be used. */
  async fetch(shop: ChannelShop, refs: readonly bigint[], currency: CurrencyCode): Promise<AdminAnswer<SourceRecord[]>> {
    const records: SourceRecord[] = [];
    let requestId: string | null = null;
    try {
      for (let done = 0; done < refs.length; ) {
        const chunk = refs.slice(done, done + this.#productsAtOnce);
        const answer = await this.#api.call(shop, this.#productsCall(chunk));
        if (!answer.ok && answer.failure.code === 'MAX_COST_EXCEEDED' && this.#halve(chunk.length)) continue;
        if (!answer.ok) return answer;
        requestId = answer.requestId;
        for (const node of answer.data.nodes) {
          if (isProduct(node)) await this.#collect(shop, node, currency, records);
        }
        done += chunk.length;
      }
    } catch (error) {
      if (error instanceof CallFailed) return { ok: false, failure: error.failure };
      throw error;
    }
    return { ok: true, data: records, requestId };
  }

  async #collect(shop: ChannelShop, node: ProductNode, currency: CurrencyCode, records: SourceRecord[]): Promise<void> {
    const ref = refOf(node.id, 'Product');
    records.push(productFrom(node));
    for (const variant of node.variants.nodes) records.push(variantFrom(variant, ref, currency));
    await this.#pages(shop, 'ProductVariantsPage', ProductVariantsPageDocument, node.id, node.variants.pageInfo, (data) => {
      for (const variant of data.product?.variants.nodes ?? []) records.push(variantFrom(variant, ref, currency));
      return data.product?.variants ?? null;
    });
    for (const collection of node.collections.nodes) records.push(membershipFrom(collection, ref));
    await this.#pages(shop, 'ProductCollectionsPage', ProductCollectionsPageDocument, node.id, node.collections.pageInfo, (data) => {
      for (const collection of data.product?.collections.nodes ?? []) records.push(membershipFrom(collection, ref));
      return data.product?.collections ?? null;
    });
  }

  /** Follows a connection to its end; `take` keeps a page and returns it, or null where the product has gone meanwhile. */
  async #pages<T>(
    shop: ChannelShop, name: string, document: AdminCall<T, { id: string; first: number; after: string | null }>['document'],
    id: string, start: PageInfo, take: (data: T) => { readonly nodes: readonly unknown[]; readonly pageInfo: PageInfo } | null,
  ): Promise<void> {
    let position: PageInfo | null = start;
    for (let taken = 0; position?.hasNextPage; ) {
      if (taken > MOST_CHILDREN || !position.endCursor) throw new UnexpectedAnswer(`${name} of ${id} does not end`);
      const first = this.#page;
      const variables = { id, first, after: position.endCursor };
      const answer: AdminAnswer<T> = await this.#api.call(shop, { name, document, variables, isWrite: false, size: first, ...this.#timing() });
      if (!answer.ok && answer.failure.code === 'MAX_COST_EXCEEDED' && first > 1) {
        this.#page = Math.ceil(Math.min(first, this.#page) / 2);
        continue;
      }
      if (!answer.ok) throw new CallFailed(answer.failure);
      const page = take(answer.data);
      taken += Math.max(1, page?.nodes.length ?? 0);
      position = page?.pageInfo ?? null;
    }
  }

  #productsCall(refs: readonly bigint[]) {
    const children = this.#childrenAtOnce;
    return {
      name: 'ProductsByIds',
      costKey: `ProductsByIds of ${children}`,
      document: ProductsByIdsDocument,
      variables: { ids: refs.map((ref) => toGid('Product', ref)), variants: children, collections: children },
      isWrite: false,
      size: refs.length,
      ...this.#timing(),
    };
  }

  /** Less in one query than the one that was too dear; false when there is no less. */
  #halve(tried: number): boolean {
    if (tried > 1) this.#productsAtOnce = Math.min(this.#productsAtOnce, Math.ceil(tried / 2));
    else if (this.#childrenAtOnce > 1) this.#childrenAtOnce = Math.ceil(this.#childrenAtOnce / 2);
    else return false;
    return true;
  }

  /** Webhooks and reconciliation ask; whoever has prices written comes first. */
  #timing(): { timeoutMs: number; deadline: number; background: true } {
    return { background: true, timeoutMs: this.#limits.timeoutMs, deadline: this.#api.clock.now() + this.#limits.patienceMs };
  }
}
