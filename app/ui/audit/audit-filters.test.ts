import { describe, expect, it } from 'vitest';
import { auditQuery, readAuditFilters } from './audit-filters.ts';

describe('filters of the audit', () => {
  it('take days as the shop’s days, the last one whole', () => {
    const filters = readAuditFilters(new URLSearchParams('entity=rule&from=2026-11-01&to=2026-11-02&actor=user:42'));
    expect(auditQuery(filters, 'Europe/Berlin')).toEqual({ entity: 'rule', actor: 'user:42', from: '2026-10-31T23:00:00.000Z', to: '2026-11-02T23:00:00.000Z' });
  });

  it('leave out what has no meaning', () => {
    expect(readAuditFilters(new URLSearchParams('entity=banana&from=yesterday&actor=%20'))).toEqual({});
  });
});
