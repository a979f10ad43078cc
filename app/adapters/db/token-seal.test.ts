import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createTokenSeal } from './token-seal.ts';

const key = (): string => `k1.aesgcm256.${randomBytes(32).toString('base64url')}`;

describe('token seal', () => {
  it('opens what it sealed for the same tenant', () => {
    const seal = createTokenSeal([key()]);
    expect(seal.open(seal.seal('shpat_secret', 'tenant-a'), 'tenant-a')).toBe('shpat_secret');
  });
  it('does not open a row that was moved to another tenant', () => {
    const seal = createTokenSeal([key()]);
    const sealed = seal.seal('shpat_secret', 'tenant-a');
    expect(() => seal.open(sealed, 'tenant-b')).toThrow();
  });
  it('does not open altered text', () => {
    const seal = createTokenSeal([key()]);
    const parts = seal.seal('shpat_secret', 'tenant-a').split('.');
    parts[3] = Buffer.from('other').toString('base64url');
    expect(() => seal.open(parts.join('.'), 'tenant-a')).toThrow();
  });
  it('opens with an old key after rotation and seals with the new one', () => {
    const [old, fresh] = [key(), key()];
    const sealed = createTokenSeal([old]).seal('shpat_secret', 't');
    const rotated = createTokenSeal([fresh, old]);
    expect(rotated.open(sealed, 't')).toBe('shpat_secret');
    expect(() => createTokenSeal([old]).open(rotated.seal('x', 't'), 't')).toThrow(/not configured/);
  });
  it('never shows the secret in the sealed text', () => {
    expect(createTokenSeal([key()]).seal('shpat_secret', 't')).not.toContain('shpat');
  });
});
