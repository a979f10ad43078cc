/** Shopify's global ids: `gid://shopify/<Type>/<number>`. */
export function gid(type: string, id: number | string): string {
  return `gid://shopify/${type}/${id}`;
}

export interface ParsedGid {
  type: string;
  id: number;
}

/** Null when the text is not a global id of a numbered resource. */
export function parseGid(text: string): ParsedGid | null {
  const match = /^gid:\/\/shopify\/([A-Za-z]+)\/(\d{1,15})(?:\?.*)?$/.exec(text);
  return match ? { type: match[1] as string, id: Number(match[2]) } : null;
}

/** The number of a global id of the given type; null for anything else. */
export function idOf(text: string, type: string): number | null {
  const parsed = parseGid(text);
  return parsed?.type === type ? parsed.id : null;
}
