import { describe, expect, it } from 'vitest';
import { keptPayload } from './kept-payload.ts';

describe('what is kept of a webhook', () => {
  it('is everything of a product, and nothing about a person of any other topic', () => {
    const product = { id: 1, title: 'Pen', vendor: 'Acme' };
    expect(keptPayload('products/update', product)).toBe(product);
    expect(keptPayload('app/scopes_update', { current: ['read_products'] })).toEqual({ current: ['read_products'] });
    const person = { email: 'kim@example.com', phone: '555', customer: { email: 'kim@example.com' }, shop_owner: 'Kim', address1: 'Street 1' };
    for (const topic of ['customers/data_request', 'customers/redact', 'shop/redact', 'shop/update', 'app/uninstalled', 'carts/create', 'orders/create', 'checkouts/update']) {
      const kept = JSON.stringify(keptPayload(topic, { ...person, shop_id: 7, shop_domain: 'a.myshopify.com', currency: 'EUR', line_items: [], id: 5 }) ?? null);
      expect(kept, topic).not.toMatch(/kim|555|Street/i);
    }
    expect(keptPayload('shop/update', { ...person, currency: 'EUR' })).toEqual({ currency: 'EUR' });
    expect(keptPayload('customers/redact', { ...person, shop_id: 7 })).toEqual({ shop_id: 7 });
    expect(keptPayload('shop/update', null)).toBeNull();
  });
});
