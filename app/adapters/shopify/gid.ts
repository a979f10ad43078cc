/** The kinds of objects that the connector names to Shopify. */
export type GidType = 'Product' | 'ProductVariant' | 'InventoryItem' | 'Collection' | 'BulkOperation' | 'PriceList';

/** What Shopify sent does not have the shape or value its schema promises. The message names what and where. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
}

const GID = /^gid:\/\/shopify\/([A-Za-z]+)\/([0-9]+)$/;

export function toGid(type: GidType, ref: bigint): string {
  return `gid://shopify/${type}/${ref}`;
}

/** The kind of object a gid names; throws UnexpectedAnswer on anything that is no gid. */
export function typeOfGid(gid: unknown): string {
  const type = typeof gid === 'string' ? GID.exec(gid)?.[1] : undefined;
  if (type === undefined) throw new UnexpectedAnswer(`${JSON.stringify(gid)} is not a Shopify id`);
  return type;
}

/** The number in a gid of that kind; throws UnexpectedAnswer on any other. */
export function refOf(gid: unknown, type: GidType): bigint {
  const match = typeof gid === 'string' ? GID.exec(gid) : null;
  if (match?.[1] !== type) throw new UnexpectedAnswer(`${JSON.stringify(gid)} is not the id of a ${type}`);
  return BigInt(match[2] as string);
}
