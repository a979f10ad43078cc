/**
 * RFC 3339 date-times, compared as instants. A date alone means midnight UTC at its start. `T` and `Z` may be lower case
 * or a space, as RFC 3339 section 5.6 allows; a time without offset is refused, since it names no instant.
 * `schemas/rule.schema.json` repeats the pattern.
 */
export const INSTANT_PATTERN =
  '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\\.[0-9]{1,12})?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9]))?$';

const INSTANT = new RegExp(INSTANT_PATTERN);

/** Microseconds since 1970-01-01T00:00:00Z (what Postgres keeps; finer digits are dropped), or null where it is no time. */
export function parseInstant(text: string): number | null {
  if (!INSTANT.test(text)) return null;
  const days = daysSinceEpoch(text);
  if (days === null) return null;
  if (text.length === 10) return days * 86_400_000_000;
  const seconds = Number(text.slice(11, 13)) * 3600 + Number(text.slice(14, 16)) * 60 + Number(text.slice(17, 19));
  const utc = text.endsWith('Z') || text.endsWith('z');
  const offset = utc ? '' : text.slice(-6);
  const fraction = text.slice(20, text.length - (utc ? 1 : 6)).padEnd(6, '0').slice(0, 6);
  const offsetMinutes = utc ? 0 : (offset.startsWith('-') ? -1 : 1) * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6)));
  return (days * 86_400 + seconds - offsetMinutes * 60) * 1_000_000 + Number(fraction);
}

/** The instant as RFC 3339 in UTC with milliseconds. */
export function formatInstant(microseconds: number): string {
  return new Date(Math.floor(microseconds / 1000)).toISOString();
}

/** Days from 1970-01-01 to the date that the text starts with (`YYYY-MM-DD`), null where the month has no such day. */
export function daysSinceEpoch(text: string): number | null {
  const year = Number(text.slice(0, 4));
  const month = Number(text.slice(5, 7));
  const day = Number(text.slice(8, 10));
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const length = month === 2 ? (leap ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  if (day > length) return null;
  // Proleptic Gregorian calendar with years that start in March, so that the leap day comes last.
  const y = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
