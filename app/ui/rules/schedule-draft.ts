import type { FieldError } from '../../domain/kernel/result.ts';
import { Findings, isObject } from '../../domain/rules/findings.ts';
import type { RuleSchedule } from '../../domain/rules/rule.ts';
import { checkSchedule } from '../../domain/rules/schedule.ts';
import { FREQUENCIES } from '../../domain/schedules/recurrence.ts';
import type { Frequency } from '../../domain/schedules/recurrence.ts';
import { nextRunsOf } from '../../domain/schedules/planned-runs.ts';
import type { PlannedRun } from '@calibr/types';

/** A schedule while it is being written: its JSON, complete or not; null: it runs when it is applied. */
export type ScheduleDraft = Readonly<Record<string, unknown>> | null;

export type When = 'applied' | 'start' | 'window';

export function whenOf(draft: ScheduleDraft): When {
  return draft === null ? 'applied' : draft.endAt === undefined || draft.endAt === null ? 'start' : 'window';
}

/** `YYYY-MM-DDThh:mm`, as a field for a local date and time holds it. */
export function fieldTime(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 16) : '';
}

/** The same time with its seconds, which a schedule always has. */
export function scheduleTime(field: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(field) ? `${field}:00` : field;
}

/** The schedule with another kind of run; times that were given stay. `today`: the date in the shop, `YYYY-MM-DD`. */
export function withWhen(draft: ScheduleDraft, when: When, timeZone: string, today: string): ScheduleDraft {
  if (when === 'applied') return null;
  const { endAt, ...rest } = draft ?? { startAt: `${today}T00:00:00`, timeZone };
  return when === 'start' ? rest : { ...rest, endAt: endAt ?? '' };
}

export function recurrenceOf(draft: ScheduleDraft): Readonly<Record<string, unknown>> | null {
  return draft !== null && isObject(draft.recurrence) ? draft.recurrence : null;
}

/** The schedule with another frequency; null: it runs once. Days belong to a frequency and go with it. */
export function withFrequency(draft: NonNullable<ScheduleDraft>, frequency: string): ScheduleDraft {
  const { recurrence: _old, ...rest } = draft;
  const known = FREQUENCIES.find((one): one is Frequency => one === frequency);
  const before = recurrenceOf(draft);
  return known ? { ...rest, recurrence: { frequency: known, ...(before?.interval === undefined ? {} : { interval: before.interval }), ...(before?.until ? { until: before.until } : {}), ...(before?.count ? { count: before.count } : {}) } } : rest;
}

/** The recurrence with a member set, or taken away where undefined. */
export function withRecurrence(draft: NonNullable<ScheduleDraft>, key: string, value: unknown): ScheduleDraft {
  const { [key]: _old, ...rest } = recurrenceOf(draft) ?? {};
  return { ...draft, recurrence: value === undefined ? rest : { ...rest, [key]: value } };
}

/** `1, 15, -1` as numbers; what is none stays as text, and is told as an error. */
export function readDays(text: string): unknown {
  const parts = text.split(/[\s,;]+/).filter(Boolean);
  return parts.length ? parts.map((part) => (/^-?\d{1,2}$/.test(part) ? Number(part) : part)) : undefined;
}

/** A whole number, or the text where it is none yet; undefined where nothing is given. */
export function readCount(text: string): unknown {
  const trimmed = text.trim();
  return trimmed === '' ? undefined : /^\d{1,6}$/.test(trimmed) ? Number(trimmed) : trimmed;
}

/** What is wrong with it, with pointers into the schedule. */
export function scheduleErrors(draft: ScheduleDraft): readonly FieldError[] {
  if (draft === null) return [];
  const findings = new Findings();
  checkSchedule(draft, '', findings);
  return findings.errors;
}

/** Its next windows from an instant on; none while something is wrong with it. */
export function draftRuns(draft: ScheduleDraft, now: Date): readonly PlannedRun[] {
  return draft === null || scheduleErrors(draft).length ? [] : nextRunsOf(draft as unknown as RuleSchedule, now);
}
