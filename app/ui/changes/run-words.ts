import type { PriceChange } from '@calibr/types';
import { formatDateTime } from '../format/time.ts';

type Timed = Pick<PriceChange, 'state' | 'schedule' | 'startsAt' | 'endsAt'>;

const OVER: ReadonlySet<string> = new Set(['rejected', 'cancelled', 'failed', 'ended']);

/** When a change runs, in the shop's zone, in two short lines; null where nobody set a time. */
export function runWords(change: Timed, timeZone: string): { readonly first: string | null; readonly second: string | null } {
  const from = change.schedule && change.startsAt ? `from ${formatDateTime(change.startsAt, timeZone)}` : null;
  const to = change.endsAt ? `to ${formatDateTime(change.endsAt, timeZone)}` : null;
  const first = from ?? to;
  return { first: first === null ? null : first.charAt(0).toUpperCase() + first.slice(1), second: from ? to : null };
}

/** For a campaign whose prices are live: that it ends by itself, and when; null where nothing of the kind holds. */
export function endWords(change: Timed, timeZone: string): string | null {
  if (!change.endsAt || OVER.has(change.state) || change.state === 'ending') return null;
  const running = change.state === 'applied' || change.state === 'partially_applied';
  return running ? `It ends by itself ${formatDateTime(change.endsAt, timeZone)} (${timeZone}); then the prices without it come back.` : null;
}
