import type { PriceOrigin } from './price-list.ts';

/** One variant with its product, as the rules and the screens see it. Amounts are minor units of the shop's currency; blank is null. */
export interface CatalogRow {
  readonly variantId: string;
  readonly productId: string;
  readonly variantRef: bigint;
  readonly productRef: bigint;
  readonly sku: string;
  readonly barcode: string;
  readonly title: string;
  readonly productTitle: string;
  readonly handle: string;
  readonly vendor: string;
  readonly productType: string;
  readonly status: string;
  readonly tags: readonly string[];
  readonly collections: readonly string[];
  readonly createdAt: Date | null;
  readonly publishedAt: Date | null;
  readonly updatedAt: Date | null;
  readonly price: bigint;
  readonly compareAt: bigint | null;
  readonly cost: bigint | null;
  readonly mapPrice: bigint | null;
  readonly baselinePrice: bigint | null;
  readonly baselineCompareAt: bigint | null;
  readonly layerId: string | null;
  readonly inventoryQuantity: number | null;
  readonly options: Readonly<Record<string, string>>;
  /** False where the shop no longer has it; lists hold only what it has. */
  readonly active?: boolean;
}

type Narrowed = 'barcode' | 'handle' | 'vendor' | 'productType' | 'status' | 'tags' | 'collections' | 'createdAt' | 'publishedAt' | 'updatedAt' | 'inventoryQuantity' | 'options';

/** What a rule is run over: names and amounts always; the other facts only where its selector reads them. */
export type RuleRow = Omit<CatalogRow, Narrowed> & Partial<Pick<CatalogRow, Narrowed>> & {
  /** Only of rows whose price is that of a price list. */
  readonly origin?: PriceOrigin;
  /** True where there is a cost, or a minimum advertised price, in another currency than the row's price: it is null here and yet not blank. */
  readonly costElsewhere?: boolean;
  readonly mapPriceElsewhere?: boolean;
};

export interface ProductRow {
  readonly id: string;
  readonly ref: bigint;
  readonly title: string;
  readonly handle: string;
  readonly vendor: string;
  readonly productType: string;
  readonly status: string;
  readonly tags: readonly string[];
  readonly collections: readonly string[];
  readonly active: boolean;
  readonly variantCount: number;
  readonly createdAt: Date | null;
  readonly publishedAt: Date | null;
  readonly updatedAt: Date | null;
}

export interface PriceVersionRow {
  readonly id: string;
  readonly currencyCode: string;
  readonly unitAmount: bigint;
  readonly compareAt: bigint | null;
  readonly validFrom: Date;
  readonly validTo: Date | null;
  /** sync, webhook, apply, rollback, merchant */
  readonly source: string;
  readonly priceChangeId: string | null;
  readonly itemId: string | null;
  readonly correlationId: string | null;
  readonly priceChangeName: string | null;
  readonly ruleId: string | null;
  readonly ruleVersion: number | null;
  readonly approvedBy: string | null;
}

export interface SyncRow {
  readonly id: string;
  readonly state: 'running' | 'importing' | 'completed' | 'failed';
  readonly operationRef: string | null;
  readonly products: number;
  readonly variants: number;
  readonly error: string | null;
  readonly correlationId: string;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  /** Who or what wanted it: a person or program, the shop's new currency, products that seem to be deleted, or the passing of time. */
  readonly reason: 'asked' | 'currency' | 'deletions' | 'routine';
  /** How many exports were started for it; the last one is the one that counts. */
  readonly exports: number;
  readonly exportStartedAt: Date | null;
  /** How often the export was read from its beginning or from where the last reading broke. */
  readonly reads: number;
  /** Lines of the export that are put aside. */
  readonly stagedLines: number;
  /** In how many parts the export is merged; 0 before it is known. */
  readonly parts: number;
  readonly partsMerged: number;
  readonly pricesChanged: number;
  readonly deactivated: number;
}
