import { daysSinceEpoch } from '../rules/instant.ts';

/** Wall-clock time without offset; seconds may be left out. `schemas/rule.schema.json` repeats the pattern. */
export const WALL_CLOCK_PATTERN =
  '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,3})?)?$';
const WALL_CLOCK = new RegExp(WALL_CLOCK_PATTERN);
export const TIME_ZONE_PATTERN = '^[A-Za-z][A-Za-z0-9_+/-]{0,63}$';
const TIME_ZONE = new RegExp(TIME_ZONE_PATTERN);

export const DAY_MS = 86_400_000;

/**
 * How a wall-clock time stands to the zone's clock changes.
 * once: it is shown exactly once · gap: never, the clock jumps over it · twice: it is shown again after the clock goes back
 */
export type Occurs = 'once' | 'gap' | 'twice';

export interface ResolvedTime {
  /** Milliseconds since the epoch: of a gap the first moment after it, of a time that occurs twice the first. */
  readonly at: number;
  readonly occurs: Occurs;
}

/** A zone's clock, made once and asked often. */
export interface ZoneClock {
  /** `local`: milliseconds since the epoch if the clock stood in UTC. */
  readonly resolve: (local: number) => ResolvedTime;
  /** What the clock shows at an instant, as such milliseconds. */
  readonly localAt: (instant: number) => number;
}

/** The clock of an IANA zone, null for an unknown name. Zone rules come from the runtime's Intl (the IANA database). */
export function zoneClock(timeZone: string): ZoneClock | null {
  const known = clocks.get(timeZone);
  if (known) return known;
  const offsetAt = TIME_ZONE.test(timeZone) ? offsetsOf(timeZone) : null;
  if (offsetAt === null) return null;
  const clock: ZoneClock = { resolve: (local) => resolve(local, offsetAt), localAt: (instant) => instant + offsetAt(instant) };
  clocks.set(timeZone, clock);
  return clock;
}
/** Making a formatter costs as much as hundreds of questions to it; there are no more zones than Intl knows. */
const clocks = new Map<string, ZoneClock>();

/**
 * The instant of a wall-clock time in a zone, as milliseconds since the epoch: in a daylight-saving gap the first moment
 * after it, of a time that occurs twice the first. Null where the text is no wall-clock time or the zone is unknown.
 */
export function resolveWallClock(text: string, timeZone: string): number | null {
  const local = parseWallClock(text);
  const clock = zoneClock(timeZone);
  return local === null || clock === null ? null : clock.resolve(local).at;
}

/** Milliseconds since the epoch if the clock stood in UTC; null where the text is no wall-clock time. */
export function parseWallClock(text: string): number | null {
  if (!WALL_CLOCK.test(text)) return null;
  const days = daysSinceEpoch(text);
  if (days === null) return null;
  const seconds = Number(text.slice(11, 13)) * 3600 + Number(text.slice(14, 16)) * 60 + Number(text.slice(17, 19) || '0');
  return (days * 86_400 + seconds) * 1000 + Number(text.slice(20).padEnd(3, '0'));
}

/** `YYYY-MM-DDThh:mm:ss` of such milliseconds; a fraction of a second is dropped, as wall clocks of schedules have none. */
export function formatWallClock(local: number): string {
  return new Date(local).toISOString().slice(0, 19);
}

type OffsetAt = (instant: number) => number;

/** Local time minus UTC, in milliseconds, at an instant; null for an unknown zone. */
function offsetsOf(timeZone: string): OffsetAt | null {
  // Most shops of a test and many of the world; Intl is slow.
  if (timeZone === 'UTC') return () => 0;
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

function resolve(local: number, offsetAt: OffsetAt): ResolvedTime {
  const before = offsetAt(local - DAY_MS);
  const after = offsetAt(local + DAY_MS);
  const larger = Math.max(before, after);
  const smaller = Math.min(before, after);
  // The larger offset gives the earlier instant: first that, so that of two occurrences the first is taken.
  if (offsetAt(local - larger) === larger) {
    const again = smaller !== larger && offsetAt(local - smaller) === smaller;
    return { at: local - larger, occurs: again ? 'twice' : 'once' };
  }
  if (offsetAt(local - smaller) === smaller) return { at: local - smaller, occurs: 'once' };
  // In a gap no instant shows this time. Its first moment after is the change itself: the first instant with the new offset.
  let low = local - larger;
  let high = local - smaller;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle) === before) low = middle;
    else high = middle;
  }
  return { at: high, occurs: 'gap' };
}
