import { describe, expect, it } from 'vitest';
import { readWritesForm } from './writes-form.ts';

const form = (fields: Record<string, string>): FormData => {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
};

describe('what is submitted to the write switch', () => {
  it('is read with the role it needs', () => {
    expect(readWritesForm(form({ intent: 'stop', reason: '  too cheap ' }))).toEqual({ ok: true, value: { intent: 'stop', role: 'approver', reason: 'too cheap' } });
    expect(readWritesForm(form({ intent: 'stop', reason: ' ' }))).toMatchObject({ ok: true, value: { reason: null } });
    expect(readWritesForm(form({ intent: 'resume' }))).toMatchObject({ ok: true, value: { role: 'admin' } });
  });

  it('is refused where it says neither', () => {
    for (const fields of [{}, { intent: 'toString' }]) expect(readWritesForm(form(fields as Record<string, string>))).toMatchObject({ ok: false, error: { code: 'bad_form' } });
  });
});
