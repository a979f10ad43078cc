import type { AuditEntry } from '@calibr/types';
import { startOfDay } from '../format/time.ts';
import { actorWords, type People } from '../words/actor-words.ts';
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

/** The price change that an entry is about, by id; null where it is about something else. */
export function changeOf({ entity, entityId, explain }: Pick<AuditEntry, 'entity' | 'entityId' | 'explain'>): string | null {
  if (entity === 'price_change') return entityId;
  return entity === 'price_change_item' && typeof explain.changeId === 'string' ? explain.changeId : null;
}

/** Choices of who did something: everybody that is known here, by name; what one part of Calibrate did goes by that part. */
export function actorOptions(known: readonly string[], chosen: string | undefined, people: People): { label: string; value: string }[] {
  const actors = new Set([...Object.keys(people), ...known, ...(chosen ? [chosen] : [])]);
  const options = [...actors].map((value) => ({ value, label: actorWords(value, people).replace(/,$/, '') }));
  const twice = new Set(options.map(({ label }) => label).filter((label, index, all) => all.indexOf(label) !== index));
  const told = options.map(({ label, value }) => ({ value, label: twice.has(label) ? `${label} (${value.slice(value.indexOf(':') + 1)})` : label }));
  return [{ label: 'Everybody', value: '' }, ...told.sort((a, b) => a.label.localeCompare(b.label, 'en'))];
}
