import { startOfDay } from '../format/time.ts';
import { AUDIT_ENTITIES } from '../words/audit-words.ts';

export const AUDIT_PAGE_SIZE = 50;
export const AUDIT_FILTER_NAMES = ['entity', 'entityId', 'actor', 'correlationId', 'from', 'to'] as const;

export interface AuditFilters {
  readonly entity?: string;
  readonly entityId?: string;
  readonly actor?: string;
  readonly correlationId?: string;
  /** Calendar days in the shop's time zone, YYYY-MM-DD, both included. */
  readonly from?: string;
  readonly to?: string;
}

/** Filters of the audit as they stand in the address. */
export function readAuditFilters(params: URLSearchParams): AuditFilters {
  const filters: Record<string, string> = {};
  for (const name of AUDIT_FILTER_NAMES) {
    const value = params.get(name)?.trim();
    if (!value) continue;
    if (name === 'entity' && !AUDIT_ENTITIES.some((entity) => entity === value)) continue;
    if ((name === 'from' || name === 'to') && startOfDay(value, 'UTC') === null) continue;
    filters[name] = value;
  }
  return filters;
}

/** The same for the flow and the API: days become instants, from the first moment of `from` to the last of `to`. */
export function auditQuery(filters: AuditFilters, timeZone: string): { entity?: string; entityId?: string; actor?: string; correlationId?: string; from?: string; to?: string } {
  const { from, to, ...exact } = filters;
  const start = from ? startOfDay(from, timeZone) : null;
  const end = to ? startOfDay(to, timeZone, 1) : null;
  return { ...exact, ...(start ? { from: start } : {}), ...(end ? { to: end } : {}) };
}
