// Month names of our own and numbers from Intl: ICU versions differ in "Sep"/"Sept" and in the space before "PM",
// and the server's text must equal the browser's.
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

const formats = new Map<string, Intl.DateTimeFormat>();

function zoned(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(timeZone, format);
  }
  return format;
}

function partsOf(time: string, timeZone: string): Record<string, string> | null {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return null;
  return Object.fromEntries(zoned(timeZone).formatToParts(date).map((part) => [part.type, part.value]));
}

/** `22 Nov 2026, 14:05` in the shop's time zone, from an RFC 3339 time. */
export function formatDateTime(time: string, timeZone: string): string {
  const parts = partsOf(time, timeZone);
  if (!parts) return time;
  return `${parts.day} ${MONTHS[Number(parts.month) - 1]} ${parts.year}, ${parts.hour}:${parts.minute}`;
}

/** A sentence with its RFC 3339 times in UTC written as the shop reads them, the zone named. */
export function localTimes(text: string, timeZone: string): string {
  return text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (time) => `${formatDateTime(time, timeZone)} (${timeZone})`);
}

/** `22 Nov 2026, 14:05:09`, where seconds tell entries apart. */
export function formatDateTimeSeconds(time: string, timeZone: string): string {
  const parts = partsOf(time, timeZone);
  return parts ? `${formatDateTime(time, timeZone)}:${parts.second}` : time;
}

/** `22 Nov 2026` in the shop's time zone. */
export function formatDate(time: string, timeZone: string): string {
  const parts = partsOf(time, timeZone);
  return parts ? `${parts.day} ${MONTHS[Number(parts.month) - 1]} ${parts.year}` : time;
}

/** A length of time in words: `less than a minute`, `5 minutes`, `3 hours`, `2 days`. */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return 'less than a minute';
  const units: [number, string][] = [
    [86_400, 'day'],
    [3_600, 'hour'],
    [60, 'minute'],
  ];
  for (const [size, name] of units) {
    const count = Math.floor(seconds / size);
    if (count >= 1) return `${count} ${name}${count === 1 ? '' : 's'}`;
  }
  return 'less than a minute';
}

/**
 * The instant at which a calendar day begins in a time zone, as RFC 3339 UTC. `days` moves on by whole days
 * (1 = the end of the day). Null where `day` is not YYYY-MM-DD.
 */
export function startOfDay(day: string, timeZone: string, days = 0): string | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (!match) return null;
  const wall = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]) + days);
  // The offset depends on the instant and the instant on the offset: twice is enough on both sides of a clock change.
  let instant = wall;
  for (let round = 0; round < 2; round += 1) instant = wall - offsetMs(instant, timeZone);
  return new Date(instant).toISOString();
}

function offsetMs(instant: number, timeZone: string): number {
  const parts = partsOf(new Date(instant).toISOString(), timeZone);
  if (!parts) return 0;
  const wall = Date.UTC(
    Number(parts.year),
    Number(parts.month) - 1,
    Number(parts.day),
    Number(parts.hour),
    Number(parts.minute),
    Number(parts.second),
  );
  return wall - Math.floor(instant / 1000) * 1000;
}
