import { describe, expect, it } from 'vitest';
import { readOperationsForm } from './operations-form.ts';

const ID = '0190a5e2-0000-7000-8000-000000000001';
const read = (fields: Readonly<Record<string, string>>) => {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return readOperationsForm(form);
};

describe('the form of Operations', () => {
  it('settles named messages, or all that fit', () => {
    expect(read({ intent: 'settle', action: 'retry', ids: `${ID},nonsense` })).toEqual({ ok: true, value: { intent: 'settle', action: 'retry', ids: [ID], reason: '' } });
    expect(read({ intent: 'settle', action: 'discard', topic: 'rule.deleted', reason: ' old ' })).toEqual({ ok: true, value: { intent: 'settle', action: 'discard', topic: 'rule.deleted', reason: 'old' } });
  });

  it('discards nothing without a reason, and settles nothing that was not chosen', () => {
    expect(read({ intent: 'settle', action: 'discard', ids: ID, reason: '  ' })).toMatchObject({ ok: false, error: { code: 'reason_missing' } });
    expect(read({ intent: 'settle', action: 'retry', ids: '' })).toMatchObject({ ok: false, error: { code: 'nothing_chosen' } });
  });

  it('verifies and rebuilds what there is', () => {
    expect(read({ intent: 'replay', projection: 'change_projection', mode: 'rebuild' })).toEqual({ ok: true, value: { intent: 'replay', projection: 'change_projection', mode: 'rebuild' } });
    for (const fields of [{ intent: 'replay', projection: 'prices', mode: 'verify' }, { intent: 'replay', projection: 'outbox', mode: 'drop' }, { intent: 'settle', action: 'keep', ids: ID }, {}]) {
      expect(read(fields as Record<string, string>)).toMatchObject({ ok: false, error: { code: 'bad_form' } });
    }
  });
});
