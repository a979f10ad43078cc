/** The catalog of one shop, in memory: products, variants and collections by numeric id, in id order. */

export type ProductStatus = 'ACTIVE' | 'DRAFT' | 'ARCHIVED' | 'UNLISTED';

export interface Variant {
  readonly kind: 'ProductVariant';
  readonly id: number;
  readonly product: Product;
  title: string;
  sku: string | null;
  barcode: string | null;
  /** Minor units of the shop's currency. */
  price: number;
  compareAtPrice: number | null;
  cost: number | null;
  inventoryQuantity: number;
  tracked: boolean;
  inventoryPolicy: 'DENY' | 'CONTINUE';
  taxable: boolean;
  requiresShipping: boolean;
  /** Values in the order of the product's option names. */
  options: string[];
  position: number;
  createdAt: number;
  updatedAt: number;
  inventoryUpdatedAt: number;
}

export interface Product {
  readonly kind: 'Product';
  readonly id: number;
  title: string;
  handle: string;
  descriptionHtml: string;
  vendor: string;
  productType: string;
  tags: string[];
  status: ProductStatus;
  optionNames: string[];
  variants: Variant[];
  collections: Collection[];
  imageCount: number;
  createdAt: number;
  updatedAt: number;
  publishedAt: number | null;
}

export interface Collection {
  readonly kind: 'Collection';
  readonly id: number;
  title: string;
  handle: string;
  descriptionHtml: string;
  products: Product[];
  updatedAt: number;
}

/** What a loader knows of a product; ids, positions and times are given by the catalog. */
export interface ProductDraft {
  title: string;
  handle?: string;
  descriptionHtml?: string;
  vendor: string;
  productType: string;
  tags: string[];
  status: ProductStatus;
  published: boolean;
  optionNames: string[];
  collections: string[];
  imageCount?: number;
  variants: VariantDraft[];
}

export interface VariantDraft {
  options: string[];
  sku: string | null;
  barcode?: string | null;
  price: number;
  compareAtPrice: number | null;
  cost: number | null;
  inventoryQuantity: number;
  tracked?: boolean;
  inventoryPolicy?: 'DENY' | 'CONTINUE';
  taxable?: boolean;
  requiresShipping?: boolean;
}

export const MAX_VARIANTS_PER_PRODUCT = 2048;

// Ids of one shop lie in a block of ten million that follows from its domain alone: they are the same after a
// restart, and two shops never share one (Shopify's ids are unique across shops).
const PRODUCT_IDS = 7_000_000_000_000;
const VARIANT_IDS = 41_000_000_000_000;
const COLLECTION_IDS = 400_000_000_000;
const INVENTORY_ITEM_OFFSET = 2_000_000_000_000;
const BLOCK = 10_000_000;

function shopBlock(domain: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < domain.length; i++) hash = Math.imul(hash ^ domain.charCodeAt(i), 0x01000193) >>> 0;
  return hash % 90_000;
}

/** A stable number for the shop itself. */
export function shopIdOf(domain: string): number {
  return 60_000_000_000 + shopBlock(domain) * 1_000;
}

/** Lower-case words joined by dashes, as Shopify makes handles from titles. */
export function handleOf(title: string): string {
  const plain = title.normalize('NFKD').replace(/[\u0300-\u036f]/g, '').toLowerCase();
  return plain.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '') || 'product';
}

export class Catalog {
  readonly products: Product[] = [];
  readonly variants: Variant[] = [];
  readonly collections: Collection[] = [];
  readonly #products = new Map<number, Product>();
  readonly #variants = new Map<number, Variant>();
  readonly #collections = new Map<number, Collection>();
  readonly #handles = new Set<string>();
  readonly #collectionsByTitle = new Map<string, Collection>();
  readonly #block: number;
  #nextProduct = 1;
  #nextVariant = 1;
  #nextCollection = 1;

  constructor(domain: string) {
    this.#block = shopBlock(domain) * BLOCK;
  }

  product(id: number): Product | undefined {
    return this.#products.get(id);
  }

  variant(id: number): Variant | undefined {
    return this.#variants.get(id);
  }

  collection(id: number): Collection | undefined {
    return this.#collections.get(id);
  }

  variantOfInventoryItem(id: number): Variant | undefined {
    return this.#variants.get(id - INVENTORY_ITEM_OFFSET);
  }

  /** Adds a product with its variants and collections; times are the given instant. */
  add(draft: ProductDraft, at: number): Product {
    const product: Product = {
      kind: 'Product',
      id: PRODUCT_IDS + this.#block + this.#nextProduct++,
      title: draft.title,
      handle: this.#freeHandle(draft.handle || handleOf(draft.title)),
      descriptionHtml: draft.descriptionHtml ?? '',
      vendor: draft.vendor,
      productType: draft.productType,
      // Shopify keeps tags unique without regard to case and returns them in alphabetical order.
      tags: [...new Map(draft.tags.map((tag) => [tag.toLowerCase(), tag])).values()].sort((a, b) => (a < b ? -1 : 1)),
      status: draft.status,
      optionNames: draft.optionNames,
      variants: [],
      collections: [],
      imageCount: draft.imageCount ?? 0,
      createdAt: at,
      updatedAt: at,
      publishedAt: draft.published ? at : null,
    };
    for (const variant of draft.variants) this.#addVariant(product, variant, at);
    for (const title of draft.collections) this.addToCollection(title, product, at);
    this.products.push(product);
    this.#products.set(product.id, product);
    this.#handles.add(product.handle);
    return product;
  }

  #addVariant(product: Product, draft: VariantDraft, at: number): void {
    const variant: Variant = {
      kind: 'ProductVariant',
      id: VARIANT_IDS + this.#block + this.#nextVariant++,
      product,
      title: draft.options.join(' / '),
      sku: draft.sku,
      barcode: draft.barcode ?? null,
      price: draft.price,
      compareAtPrice: draft.compareAtPrice,
      cost: draft.cost,
      inventoryQuantity: draft.inventoryQuantity,
      tracked: draft.tracked ?? true,
      inventoryPolicy: draft.inventoryPolicy ?? 'DENY',
      taxable: draft.taxable ?? true,
      requiresShipping: draft.requiresShipping ?? true,
      options: draft.options,
      position: product.variants.length + 1,
      createdAt: at,
      updatedAt: at,
      inventoryUpdatedAt: at,
    };
    product.variants.push(variant);
    this.variants.push(variant);
    this.#variants.set(variant.id, variant);
  }

  /** The collection with that title, made if there is none. */
  ensureCollection(title: string, at: number): Collection {
    let collection = this.#collectionsByTitle.get(title);
    if (!collection) {
      collection = {
        kind: 'Collection', id: COLLECTION_IDS + this.#block + this.#nextCollection++,
        title, handle: handleOf(title), descriptionHtml: '', products: [], updatedAt: at,
      };
      this.collections.push(collection);
      this.#collections.set(collection.id, collection);
      this.#collectionsByTitle.set(title, collection);
    }
    return collection;
  }

  addToCollection(title: string, product: Product, at: number): void {
    const collection = this.ensureCollection(title, at);
    if (product.collections.includes(collection)) return;
    collection.products.push(product);
    product.collections.push(collection);
  }

  removeVariant(variant: Variant): void {
    this.#variants.delete(variant.id);
    this.variants.splice(this.variants.indexOf(variant), 1);
    variant.product.variants.splice(variant.product.variants.indexOf(variant), 1);
    variant.product.variants.forEach((other, index) => (other.position = index + 1));
  }

  removeProduct(product: Product): void {
    for (const variant of [...product.variants]) this.removeVariant(variant);
    for (const collection of product.collections) collection.products.splice(collection.products.indexOf(product), 1);
    this.#products.delete(product.id);
    this.#handles.delete(product.handle);
    this.products.splice(this.products.indexOf(product), 1);
  }

  /** Another currency of other decimals: minor units change, so that the amounts stay. Half up. */
  scaleMoney(factor: number, at: number): void {
    const scaled = (minor: number) => Math.round(minor * factor);
    for (const variant of this.variants) {
      variant.price = scaled(variant.price);
      variant.compareAtPrice = variant.compareAtPrice === null ? null : scaled(variant.compareAtPrice);
      variant.cost = variant.cost === null ? null : scaled(variant.cost);
      variant.updatedAt = at;
    }
  }

  #freeHandle(wanted: string): string {
    let handle = wanted;
    for (let n = 1; this.#handles.has(handle); n++) handle = `${wanted}-${n}`;
    return handle;
  }
}

export function inventoryItemId(variant: Variant): number {
  return variant.id + INVENTORY_ITEM_OFFSET;
}

export function totalInventory(product: Product): number {
  let total = 0;
  for (const variant of product.variants) if (variant.tracked) total += variant.inventoryQuantity;
  return total;
}

export function hasOnlyDefaultVariant(product: Product): boolean {
  return product.variants.length === 1 && product.optionNames[0] === 'Title' && product.variants[0]?.options[0] === 'Default Title';
}
