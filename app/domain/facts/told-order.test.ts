import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readOrderPayload, withoutCustomer } from './told-order.ts';

const line = (variant: number | null, quantity: number, price: string, discounts: readonly string[] = []) => ({
  id: 1, variant_id: variant, product_id: 7, title: 'Mug', name: 'Mug', quantity, price, properties: [{ name: 'Engraving', value: 'For Ada' }],
  discount_allocations: discounts.map((amount) => ({ amount, discount_application_index: 0 })),
});
const order = (more: object = {}) => ({
  id: 5001, admin_graphql_api_id: 'gid://shopify/Order/5001', created_at: '2026-11-22T23:30:00-05:00', currency: 'USD', test: false, cancelled_at: null, email: 'ada@example.com',
  customer: { id: 9, first_name: 'Ada' }, shipping_address: { address1: '1 High Street' }, line_items: [line(11, 2, '10.00')], ...more,
});
const read = (more: object = {}) => {
  const told = readOrderPayload(order(more));
  if (!told.ok) throw new Error(told.error.detail);
  return told.value;
};

describe('an order that was told', () => {
  it('is its number, its time, and what each variant sold after discounts', () => {
    expect(read({ line_items: [line(11, 2, '10.00', ['1.50', '0.25']), line(12, 1, '3.00'), line(11, 1, '10.00')] })).toEqual({
      ref: 5001n, orderedAt: new Date('2026-11-23T04:30:00Z'), currency: 'USD', counts: true,
      lines: [{ variantRef: 11n, units: 3, revenue: 2_825n }, { variantRef: 12n, units: 1, revenue: 300n }],
    });
  });

  it('does not count as a test, or cancelled', () => {
    expect(read({ test: true }).counts).toBe(false);
    expect(read({ cancelled_at: '2026-11-22T23:31:00-05:00' }).counts).toBe(false);
  });

  it('leaves out lines without a variant and without pieces', () => {
    expect(read({ line_items: [line(null, 1, '5.00'), line(11, 0, '5.00')] }).lines).toEqual([]);
  });

  it('never brings less than nothing', () => {
    expect(read({ line_items: [line(11, 1, '5.00', ['7.00'])] }).lines[0]!.revenue).toBe(0n);
  });

  it('reads amounts in the decimals of its currency', () => {
    expect(read({ currency: 'JPY', line_items: [line(11, 2, '1980')] }).lines[0]!.revenue).toBe(3_960n);
    expect(read({ currency: 'KWD', line_items: [line(11, 2, '1.250')] }).lines[0]!.revenue).toBe(2_500n);
  });

  it.each([
    ['no object', null], ['no id', order({ id: undefined, admin_graphql_api_id: undefined })], ['no time', order({ created_at: 'yesterday' })], ['no currency', order({ currency: 'XXXX' })],
    ['no lines', order({ line_items: undefined })], ['half a piece', order({ line_items: [line(11, 0.5, '1.00')] })], ['minus a piece', order({ line_items: [line(11, -1, '1.00')] })],
    ['a price in words', order({ line_items: [line(11, 1, 'free')] })], ['a price with too many decimals', order({ line_items: [line(11, 1, '1.005')] })],
  ])('with %s is refused', (_, payload) => {
    expect(readOrderPayload(payload)).toMatchObject({ ok: false, error: { code: 'malformed_payload' } });
  });
});

describe('what is kept of an order', () => {
  it('says the same as the order and nothing about the customer', () => {
    const kept = withoutCustomer(order({ line_items: [line(11, 2, '10.00', ['1.00'])] }));
    expect(readOrderPayload(kept)).toEqual(readOrderPayload(order({ line_items: [line(11, 2, '10.00', ['1.00'])] })));
    expect(JSON.stringify(kept)).not.toMatch(/ada|High Street|Engraving|customer|Mug/i);
  });

  it('never breaks, whatever came, and reads as before', () => {
    fc.assert(fc.property(fc.oneof(fc.anything(), fc.record({ id: fc.anything(), created_at: fc.anything(), currency: fc.anything(), line_items: fc.array(fc.dictionary(fc.string(), fc.anything())) })), (payload) => {
      expect(readOrderPayload(withoutCustomer(payload)).ok).toBe(readOrderPayload(payload).ok);
    }));
  });
});
