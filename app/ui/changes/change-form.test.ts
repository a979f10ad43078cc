import { describe, expect, it } from 'vitest';
import { readChangeForm } from './change-form.ts';

function form(fields: Record<string, string>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
}

describe('what the page of a price change submits', () => {
  it('is read with the role it needs', () => {
    expect(readChangeForm(form({ intent: 'approve', planHash: 'abc', comment: ' fine ' }))).toMatchObject({ ok: true, value: { intent: 'approve', role: 'approver', planHash: 'abc', comment: 'fine' } });
    expect(readChangeForm(form({ intent: 'preview' }))).toMatchObject({ ok: true, value: { role: 'editor', itemIds: null } });
    expect(readChangeForm(form({ intent: 'resolve', itemId: 'i', choice: 'write_ours' }))).toMatchObject({ ok: true, value: { role: 'approver', choice: 'write_ours' } });
  });

  it('carries a first part to write before the rest', () => {
    expect(readChangeForm(form({ intent: 'apply' }))).toMatchObject({ ok: true, value: { first: {} } });
    expect(readChangeForm(form({ intent: 'apply', canaryPercent: '5', canaryContinue: 'auto' }))).toMatchObject({ ok: true, value: { first: { canaryPercent: '5', canaryContinue: 'auto' } } });
  });

  it('never turns a broken list of rows into all rows', () => {
    for (const itemIds of ['', '[]', '[5]', '{', '"x"']) expect(readChangeForm(form({ intent: 'rollBack', itemIds })).ok, itemIds).toBe(false);
    expect(readChangeForm(form({ intent: 'rollBack', itemIds: '["a"]' }))).toMatchObject({ ok: true, value: { itemIds: ['a'] } });
  });

  it('is refused where it names nothing that can be done', () => {
    for (const fields of [{}, { intent: 'toString' }, { intent: 'resolve', itemId: 'i' }, { intent: 'resolve', itemId: 'i', choice: 'burn' }]) {
      expect(readChangeForm(form(fields as Record<string, string>))).toMatchObject({ ok: false, error: { kind: 'malformed' } });
    }
  });
});
