import { describe, expect, it } from 'vitest';
import { ExportUnreadable } from '../../ports/catalog-source.ts';
import type { SourceRecord } from '../../ports/catalog-source.ts';
import { readExportLines } from './export-reader.ts';

const product = {
  id: 'gid://shopify/Product/1', title: 'Tasse „Übersee“', handle: 'tasse', vendor: 'V', productType: '', status: 'ACTIVE', tags: ['küche'],
  createdAt: '2026-01-01T00:00:00Z', publishedAt: null, updatedAt: '2026-01-02T00:00:00Z',
};
const variant = {
  id: 'gid://shopify/ProductVariant/11', position: 1, title: 'Default Title', sku: null, barcode: null, price: '12.50', compareAtPrice: null,
  inventoryQuantity: -2, updatedAt: '2026-01-02T00:00:00Z', selectedOptions: [{ name: 'Title', value: 'Default Title' }],
  inventoryItem: { id: 'gid://shopify/InventoryItem/111', unitCost: null }, __parentId: 'gid://shopify/Product/1',
};
const collection = { id: 'gid://shopify/Collection/5', handle: 'summer', __parentId: 'gid://shopify/Product/1' };
const text = (...lines: object[]) => `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;

async function read(bytes: Uint8Array, chunkSize = 7, skip = 0): Promise<SourceRecord[]> {
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunkSize) yield bytes.subarray(at, at + chunkSize);
  }
  const records: SourceRecord[] = [];
  for await (const some of readExportLines(chunks(), 'USD', skip)) records.push(...some);
  return records;
}

const bytes = (content: string) => new TextEncoder().encode(content);

describe('readExportLines', () => {
  it('reads the same from chunks of any size, inside characters too', async () => {
    const content = bytes(text(product, variant, collection));
    const whole = await read(content, content.length);
    expect(whole.map((record) => record.kind)).toEqual(['product', 'variant', 'collection']);
    for (const size of [1, 2, 3, 64]) expect(await read(content, size)).toEqual(whole);
    expect(whole[1]).toMatchObject({ ref: 11n, productRef: 1n, price: 1250n, compareAt: null, cost: null, sku: '', options: { Title: 'Default Title' } });
  });

  it('reads a last line without a line break, and children before their parent', async () => {
    const records = await read(bytes(text(variant, product).trimEnd()));
    expect(records.map((record) => record.kind)).toEqual(['variant', 'product']);
  });

  it.each([
    ['a line that is cut off', bytes(text(product) + JSON.stringify(variant).slice(0, -9)), /Line 2 .*cut off/],
    ['a price that is no price', bytes(text(product, { ...variant, price: '12,50' })), /Line 2 .*12,50/],
    ['a price with too many decimals', bytes(text(product, { ...variant, price: '12.505' })), /Line 2 .*decimals/],
    ['a child without a parent', bytes(text({ ...variant, __parentId: undefined })), /Line 1 .*Product/],
    ['a missing field', bytes(text({ ...product, title: undefined })), /Line 1 .*title/],
    ['an object never asked for', bytes(text({ id: 'gid://shopify/Order/1' })), /Line 1 .*Order/],
    ['bytes that are no UTF-8', Uint8Array.of(123, 255, 125, 10), /UTF-8/],
  ])('names %s', async (_, content, message) => {
    await expect(read(content)).rejects.toThrow(message);
    await expect(read(content)).rejects.toBeInstanceOf(ExportUnreadable);
  });

  it('passes over what was read before, and still counts its lines', async () => {
    const content = bytes(text(product, variant, collection));
    expect((await read(content, 64, 2)).map((record) => record.kind)).toEqual(['collection']);
    expect(await read(content, 64, 3)).toEqual([]);
    await expect(read(bytes(`{"unread":\n${JSON.stringify(variant).slice(0, 40)}\n`), 64, 1)).rejects.toThrow(/Line 2 .*cut off/);
  });

  it('tells a line that is wrong from one at the end that was cut off', async () => {
    const cut = JSON.stringify(variant).slice(0, -9);
    await expect(read(bytes(`${cut}\n${text(product)}`))).rejects.toMatchObject({ kind: 'malformed' });
    await expect(read(bytes(text(product) + cut))).rejects.toMatchObject({ kind: 'broken' });
  });

  it('takes what it never asked for as it comes, huge or unknown', async () => {
    const huge = { ...product, descriptionHtml: 'x'.repeat(2 * 1024 * 1024), somethingNew: { deep: [1, { er: null }] } };
    expect(await read(bytes(text(huge, { ...variant, somethingNew: 1 })), 65_536)).toMatchObject([{ kind: 'product', ref: 1n }, { kind: 'variant', ref: 11n }]);
  });

  it('keeps memory flat over a long export', async () => {
    const lines = bytes(text(product, variant, variant, variant));
    async function* chunks() {
      for (let i = 0; i < 20_000; i++) yield lines;
    }
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    let most = 0;
    let count = 0;
    for await (const records of readExportLines(chunks(), 'USD')) {
      count += records.filter((record) => record.kind === 'variant').length;
      if (count % 10_000 < 3) most = Math.max(most, process.memoryUsage().heapUsed);
    }
    expect(count).toBe(60_000);
    expect(most - before).toBeLessThan(100 * 1024 * 1024);
  });
});
