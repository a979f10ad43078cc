import { describe, expect, it } from 'vitest';
import { actorOptions, auditQuery, readAuditFilters } from './audit-filters.ts';

describe('filters of the audit', () => {
  it('take days as the shop’s days, the last one whole', () => {
    const filters = readAuditFilters(new URLSearchParams('entity=rule&from=2026-11-01&to=2026-11-02&actor=user:42'));
    expect(auditQuery(filters, 'Europe/Berlin')).toEqual({ entity: 'rule', actor: 'user:42', from: '2026-10-31T23:00:00.000Z', to: '2026-11-02T23:00:00.000Z' });
  });

  it('offer people by their names, each once, whoever was asked for included', () => {
    expect(actorOptions(['user:42', 'user:43', 'system:relay', 'system:tick'], 'token:0a1b2c3d-0000', { 'user:43': 'Ben' })).toEqual([
      { label: 'Everybody', value: '' }, { label: 'API token 0a1b2c3d', value: 'token:0a1b2c3d-0000' }, { label: 'Ben', value: 'user:43' },
      { label: 'Calibrate (relay)', value: 'system:relay' }, { label: 'Calibrate (tick)', value: 'system:tick' }, { label: 'Staff member 42', value: 'user:42' },
    ]);
  });

  it('leave out what has no meaning', () => {
    expect(readAuditFilters(new URLSearchParams('entity=banana&from=yesterday&actor=%20'))).toEqual({});
  });
});
