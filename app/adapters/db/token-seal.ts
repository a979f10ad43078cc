import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** Seals secrets for the database; `boundTo` (the tenant's id) must be the same when opening. */
export interface TokenSeal {
  /** Names the key that seals, as sealed texts do. */
  readonly keyId: string;
  seal(plain: string, boundTo: string): string;
  /** Throws when the key is unknown, the text was altered, or it was sealed for somebody else. */
  open(sealed: string, boundTo: string): string;
}

interface Key {
  readonly id: string;
  readonly bytes: Buffer;
}

/**
 * AES-256-GCM with the tenant as additional data, so that a row moved to another tenant does not open. The text is
 * `s1.<key id>.<iv>.<cipher text>.<tag>`; the key id is the start of the key's SHA-256. The first key seals, all open:
 * rotating is putting a new key first, and taking the old one away once every row was written again.
 * @param keys `k1.aesgcm256.` and 32 bytes in base64url, as the configuration checked them.
 */
export function createTokenSeal(keys: readonly string[]): TokenSeal {
  const ring = keys.map((text): Key => {
    const bytes = Buffer.from(text.split('.')[2] ?? '', 'base64url');
    if (bytes.length !== 32) throw new TypeError('An encryption key must have 32 bytes');
    return { id: createHash('sha256').update(bytes).digest('base64url').slice(0, 8), bytes };
  });
  const current = ring[0];
  if (!current) throw new TypeError('At least one encryption key is needed');
  return {
    keyId: current.id,
    seal(plain, boundTo) {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', current.bytes, iv).setAAD(Buffer.from(boundTo));
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return ['s1', current.id, iv.toString('base64url'), text.toString('base64url'), cipher.getAuthTag().toString('base64url')].join('.');
    },
    open(sealed, boundTo) {
      const [version, id, iv, text, tag] = sealed.split('.');
      const key = ring.find((candidate) => candidate.id === id);
      if (version !== 's1' || !key || !iv || text === undefined || !tag) throw new Error('A sealed secret cannot be opened: its key is not configured');
      const decipher = createDecipheriv('aes-256-gcm', key.bytes, Buffer.from(iv, 'base64url')).setAAD(Buffer.from(boundTo));
      decipher.setAuthTag(Buffer.from(tag, 'base64url'));
      return Buffer.concat([decipher.update(Buffer.from(text, 'base64url')), decipher.final()]).toString('utf8');
    },
  };
}
