import { createHmac, randomUUID } from 'node:crypto';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
export const seconds = (): number => Math.floor(Date.now() / 1000);

/** Claims of a session token as Shopify makes them; `undefined` leaves one out. */
export function claimsOf(domain: string, apiKey: string, over: object = {}): object {
  const now = seconds();
  return { iss: `https://${domain}/admin`, dest: `https://${domain}`, aud: apiKey, sub: '42', exp: now + 60, nbf: now - 1, iat: now - 1, jti: randomUUID(), sid: randomUUID(), ...over };
}

/** A session token with these claims, signed with this secret; `alg: none` leaves it unsigned. */
export function forgeToken(claims: object, secret: string, alg: 'HS256' | 'none' | 'HS512' = 'HS256'): string {
  const unsigned = `${part({ alg, typ: 'JWT' })}.${part(claims)}`;
  return `${unsigned}.${alg === 'none' ? '' : createHmac(alg === 'HS512' ? 'sha512' : 'sha256', secret).update(unsigned).digest('base64url')}`;
}
