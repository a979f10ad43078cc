import { describe, expect, it } from 'vitest';
import { requestIdFrom } from './request-id.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('requestIdFrom', () => {
  it.each(['0f8fad5b-d9cb-469f-a165-70867728950e', 'trace:4bf92f3577b34da6a3ce929d0e0e4736', 'req_12345678'])('keeps a sane id: %s', (id) => {
    expect(requestIdFrom(id)).toBe(id);
  });

  it.each([undefined, '', 'short', 'with space inside', 'line\nbreak-12345', '"quoted-123456"', 'x'.repeat(129), ['a-sane-id-1', 'a-sane-id-2']])(
    'makes a new id for %j',
    (id) => {
      expect(requestIdFrom(id)).toMatch(UUID);
    },
  );
});
