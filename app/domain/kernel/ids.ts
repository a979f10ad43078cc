const uuidPattern = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** A tenant's UUID, lower case. Made only by `tenantId`, so that nothing else can be mistaken for one. */
export type TenantId = string & { readonly __tenant: true };

/** Whether the text is a UUID in its canonical lower-case form. */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text);
}

/** Throws a TypeError on anything that is not a canonical UUID: such a value never came from our own database. */
export function tenantId(text: string): TenantId {
  if (!isUuid(text)) throw new TypeError('A tenant id must be a lower-case UUID');
  return text as TenantId;
}
