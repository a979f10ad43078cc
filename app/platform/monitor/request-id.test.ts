import { describe, expect, it } from 'vitest';
import { requestIdFrom } from './request-id.ts';

describe('requestIdFrom', () => {
  it.each(['0d9f3a36-9b5f-4c0e-8c55-7a0de7b1a111', 'req_12345678', 'Root=1-67891233'.replace('=', ':')])('keeps a sane id: %s', (id) => {
    expect(requestIdFrom(id, () => 'new')).toBe(id);
  });

  it.each([null, undefined, '', 'short', 'has a space inside', 'line\nbreak-here', '<script>alert(1)</script>', 'x'.repeat(129), 'quote"quote"', 'ünïcode-id'])(
    'makes a new one instead of %j',
    (id) => {
      expect(requestIdFrom(id, () => 'new')).toBe('new');
    },
  );

  it('makes a different id each time', () => {
    expect(requestIdFrom(null)).not.toBe(requestIdFrom(null));
  });
});
