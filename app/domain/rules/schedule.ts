import { type Findings, below, isObject, member, refuseUnknownKeys } from './findings.ts';
import { daysSinceEpoch } from './instant.ts';

/** Wall-clock time without offset; seconds may be left out. `schemas/rule.schema.json` repeats the pattern. */
export const WALL_CLOCK_PATTERN =
  '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,3})?)?$';
const WALL_CLOCK = new RegExp(WALL_CLOCK_PATTERN);
export const TIME_ZONE_PATTERN = '^[A-Za-z][A-Za-z0-9_+/-]{0,63}$';
const TIME_ZONE = new RegExp(TIME_ZONE_PATTERN);

/** Checks the shape of a schedule: local date-times, an IANA time zone, an end after the start. */
export function checkSchedule(input: unknown, pointer: string, findings: Findings): void {
  if (!isObject(input)) {
    findings.add(pointer, 'wrong_type', 'A schedule is an object with startAt, endAt and timeZone.');
    return;
  }
  refuseUnknownKeys(input, ['startAt', 'endAt', 'timeZone'], pointer, findings);
  const start = checkWallClock(member(input, 'startAt'), below(pointer, 'startAt'), findings);
  const endGiven = member(input, 'endAt') ?? null;
  const end = endGiven === null ? null : checkWallClock(endGiven, below(pointer, 'endAt'), findings);
  const zone = member(input, 'timeZone');
  const zonePointer = below(pointer, 'timeZone');
  if (typeof zone !== 'string' || !TIME_ZONE.test(zone)) {
    findings.add(zonePointer, zone === undefined ? 'required' : 'wrong_value', 'A time zone is an IANA name such as "Europe/Berlin".');
    return;
  }
  const offsetAt = offsetsOf(zone);
  if (offsetAt === null) {
    findings.add(zonePointer, 'unknown_time_zone', `There is no time zone "${zone}".`);
    return;
  }
  if (start !== null && end !== null && resolve(end, offsetAt) <= resolve(start, offsetAt)) {
    findings.add(below(pointer, 'endAt'), 'end_not_after_start', 'The end comes after the start.');
  }
}

/**
 * The instant of a wall-clock time in a zone, as milliseconds since the epoch: in a daylight-saving gap the first moment
 * after it, of a time that occurs twice the first. Null where the text is no wall-clock time or the zone is unknown.
 * Zone rules come from the runtime's Intl (the IANA database).
 */
export function resolveWallClock(text: string, timeZone: string): number | null {
  const local = parseWallClock(text);
  const offsetAt = TIME_ZONE.test(timeZone) ? offsetsOf(timeZone) : null;
  return local === null || offsetAt === null ? null : resolve(local, offsetAt);
}

function checkWallClock(value: unknown, pointer: string, findings: Findings): number | null {
  const local = typeof value === 'string' ? parseWallClock(value) : null;
  if (local === null) {
    findings.add(pointer, value === undefined ? 'required' : 'wrong_value', 'A time of a schedule is local, without offset: "2026-12-01T00:00:00".');
  }
  return local;
}

/** Milliseconds since the epoch if the clock stood in UTC. */
function parseWallClock(text: string): number | null {
  if (!WALL_CLOCK.test(text)) return null;
  const days = daysSinceEpoch(text);
  if (days === null) return null;
  const seconds = Number(text.slice(11, 13)) * 3600 + Number(text.slice(14, 16)) * 60 + Number(text.slice(17, 19) || '0');
  return (days * 86_400 + seconds) * 1000 + Number(text.slice(20).padEnd(3, '0'));
}

type OffsetAt = (instant: number) => number;

/** Local time minus UTC, in milliseconds, at an instant; null for an unknown zone. */
function offsetsOf(timeZone: string): OffsetAt | null {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23', era: 'short',
      year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
    });
  } catch {
    return null;
  }
  return (instant) => {
    const part: Record<string, string> = {};
    for (const { type, value } of format.formatToParts(instant)) part[type] = value;
    const year = (part.year ?? '').padStart(4, '0');
    const days = daysSinceEpoch(`${year}-${part.month}-${part.day}`) ?? 0;
    const local = (days * 86_400 + Number(part.hour) * 3600 + Number(part.minute) * 60 + Number(part.second)) * 1000;
    return local - Math.floor(instant / 1000) * 1000;
  };
}

function resolve(local: number, offsetAt: OffsetAt): number {
  const day = 86_400_000;
  const before = offsetAt(local - day);
  const after = offsetAt(local + day);
  // The larger offset gives the earlier instant: first that, so that of two occurrences the first is taken.
  for (const offset of [Math.max(before, after), Math.min(before, after)]) {
    if (offsetAt(local - offset) === offset) return local - offset;
  }
  // In a gap no instant shows this time. Its first moment after is the change itself: the first instant with the new offset.
  let low = local - Math.max(before, after);
  let high = local - Math.min(before, after);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle) === before) low = middle;
    else high = middle;
  }
  return high;
}
