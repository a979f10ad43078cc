/** Product files in Shopify's export format, as the simulator loads them. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ProductCsvError, readProductCsv } from '../../dev/simulators/shopify/product-csv.ts';

const load = (name: string, decimals = 2) => readProductCsv(readFileSync(new URL(`../fixtures/products/${name}`, import.meta.url), 'utf8'), decimals, name);

function problem(name: string): string {
  try {
    load(name);
  } catch (error) {
    if (error instanceof ProductCsvError) return error.message;
    throw error;
  }
  return 'loaded';
}

describe('a product file', () => {
  const [sock, map, atlas] = load('options-and-images.csv');

  it('joins continuation rows to their product and leaves image rows out', () => {
    expect(sock).toMatchObject({ handle: 'wool-sock', title: 'Wool Sock', vendor: 'Shearwater', productType: 'Socks', status: 'ACTIVE', published: true, optionNames: ['Size', 'Color'], collections: ['Winter'], imageCount: 2 });
    expect(sock?.variants.map(({ options }) => options)).toEqual([['S', 'Red'], ['M', 'Red'], ['L', 'Red']]);
    expect(sock?.descriptionHtml).toBe('<p>Warm,\nand "soft"</p>');
  });

  it('keeps "0.00" as a compare-at price, blank as none, and a blank price as 0', () => {
    expect(sock?.variants.map(({ price, compareAtPrice, cost }) => [price, compareAtPrice, cost])).toEqual([[1850, 0, 625], [1850, 2200, null], [0, null, null]]);
  });

  it('keeps what is inside a SKU, drops the quote Excel needs, and reads stock below zero', () => {
    expect(sock?.variants.map(({ sku, inventoryQuantity, inventoryPolicy }) => [sku, inventoryQuantity, inventoryPolicy])).toEqual([['SOCK-S-RED', 12, 'DENY'], ['SOCK\n-M-RED', -3, 'CONTINUE'], [null, 0, 'DENY']]);
    expect(map?.variants[0]).toMatchObject({ sku: '0042', tracked: false, requiresShipping: false, price: 900, cost: 300 });
  });

  it('reads status, and tags with their quotes', () => {
    expect([map?.status, map?.published, atlas?.status]).toEqual(['DRAFT', false, 'ARCHIVED']);
    expect(sock?.tags).toEqual(['wool', 'winter', 'Wool']);
    expect(atlas?.tags).toEqual(['maps', '"rare"']);
  });

  it('reads a byte order mark, CRLF, a currency without decimals, and a missing Status from Published', () => {
    const [cup, pot] = load('bom-crlf-without-status.csv', 0);
    expect([cup?.title, cup?.variants[0]?.price, cup?.status]).toEqual(['Cup', 1880, 'ACTIVE']);
    expect([pot?.title, pot?.variants[0]?.price, pot?.status]).toEqual(['Pot', 24800, 'DRAFT']);
  });

  it.each([
    ['unclosed-quote.csv', /^unclosed-quote\.csv: line \d+: .*[Qq]uote/],
    ['price-in-words.csv', /^price-in-words\.csv: line 3: Variant Price "twelve" is not an amount of money$/],
    ['variant-twice.csv', /^variant-twice\.csv: line 3: the variant "S" of "cup" is given twice$/],
    ['no-title.csv', /^no-title\.csv: line 2: the first row of handle "cup" has no Title$/],
    ['not-a-product-file.csv', /^not-a-product-file\.csv: line 1: there is no Title column/],
  ])('%s is refused naming file, line and problem', (name, message) => {
    expect(problem(name)).toMatch(message);
  });

  it('names the line a record starts on, after quoted line breaks before it', () => {
    const text = 'Handle,Title,Body (HTML),Variant Price\na,A,"one\ntwo\nthree",1\nb,B,,x\n';
    expect(() => readProductCsv(text, 2, 'f.csv')).toThrow('f.csv: line 5: Variant Price "x" is not an amount of money');
  });

  it.each([['', /line 1: the file is empty/], ['Handle,Title,Variant Price\n', /holds no product/], ['Handle,Title\n\u0000', /binary/], ['Handle,Title,Variant Price\na,A,1,extra\n', /4 values for 3 columns/]])('refuses %j', (text, message) => {
    expect(() => readProductCsv(text, 2)).toThrow(message);
  });
});
