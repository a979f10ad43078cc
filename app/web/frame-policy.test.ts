import { describe, expect, it } from 'vitest';
import { framePolicy } from './frame-policy.ts';

const policy = (query: string) => framePolicy(new URL(`https://app.example/app${query}`));

describe('framePolicy', () => {
  it('names exactly the shop and admin.shopify.com', () => {
    expect(policy('?shop=demo.myshopify.com')).toBe('frame-ancestors https://demo.myshopify.com https://admin.shopify.com;');
  });

  it('lower-cases the shop', () => {
    expect(policy('?shop=Demo.MyShopify.com')).toContain('https://demo.myshopify.com ');
  });

  it.each([
    '',
    '?shop=',
    '?shop=evil.example',
    '?shop=demo.myshopify.com.evil.example',
    '?shop=evil.example/demo.myshopify.com',
    '?shop=demo.myshopify.com%20https://evil.example',
    '?shop=demo.myshopify.com%0Ahttps://evil.example',
    '?shop=*.myshopify.com',
    '?shop=demo.myshopify.com;script-src%20*',
  ])('lets only admin.shopify.com in when no valid shop is named: %s', (query) => {
    expect(policy(query)).toBe('frame-ancestors https://admin.shopify.com;');
  });

  const token = (dest: unknown): string => `x.${Buffer.from(JSON.stringify({ dest })).toString('base64url')}.y`;
  it('takes the shop of the session token over any parameter', () => {
    expect(policy(`?shop=other.myshopify.com&id_token=${token('https://demo.myshopify.com')}`)).toBe('frame-ancestors https://demo.myshopify.com https://admin.shopify.com;');
  });

  it.each([token('https://evil.example'), token('https://demo.myshopify.com.evil.example'), token(7), 'x', 'x.%%%.y', ''])('names no shop by a token that names none: %s', (bad) => {
    expect(policy(`?shop=other.myshopify.com&id_token=${encodeURIComponent(bad)}`)).toBe('frame-ancestors https://admin.shopify.com;');
  });
});
