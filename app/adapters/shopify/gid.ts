/** The kinds of objects that the connector names to Shopify. */
export type GidType = 'Product' | 'ProductVariant' | 'InventoryItem' | 'Collection' | 'BulkOperation' | 'PriceList';

/** What Shopify sent does not have the shape or value its schema promises. The message names what and where. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
}

const PREFIX = 'gid://shopify/';
const GID = /^gid:\/\/shopify\/([A-Za-z]+)\/([0-9]+)$/;
const DIGITS = /^[0-9]+$/;

export function toGid(type: GidType, ref: bigint): string {
  return `gid://shopify/${type}/${ref}`;
}

/** The kind of object a gid names; throws UnexpectedAnswer on anything that is no gid. */
export function typeOfGid(gid: unknown): string {
  const type = typeof gid === 'string' ? GID.exec(gid)?.[1] : undefined;
  if (type === undefined) throw new UnexpectedAnswer(`${JSON.stringify(gid)} is not a Shopify id`);
  return type;
}

/** The number in a gid of that kind; throws UnexpectedAnswer on any other. An export has several a line: no match is made of them. */
export function refOf(gid: unknown, type: GidType): bigint {
  const start = PREFIX.length + type.length + 1;
  const number = typeof gid === 'string' && gid.startsWith(PREFIX) && gid.startsWith(type, PREFIX.length) && gid[start - 1] === '/' ? gid.slice(start) : '';
  if (!DIGITS.test(number)) throw new UnexpectedAnswer(`${JSON.stringify(gid)} is not the id of a ${type}`);
  return BigInt(number);
}
