import { formatMinorUnits } from '../kernel/money.ts';
import { ceilDivide } from '../kernel/rational.ts';
import { setCompareAt } from './compare-at.ts';
import type { LintFinding } from './lint-finding.ts';
import { type KnownPrices, highestStepped, isBelow, roundingReach, subtract, whole } from './lint-prices.ts';
import { resolveWallClock } from '../schedules/wall-clock.ts';
import type { Rule } from './rule.ts';

/** What is odd about rounding, compare-at price and a price of zero. */
export function lintFinish({ transform }: Rule, known: KnownPrices): LintFinding[] {
  return [...lintRounding(transform.rounding !== undefined, known), ...lintCompareAt(transform, known), ...lintZero(transform.allowZero === true, known)];
}

function lintRounding(given: boolean, known: KnownPrices): LintFinding[] {
  const { grid, floor, ceiling, currency } = known;
  if (!given || grid === null) return [];
  const found: LintFinding[] = [];
  const add = (code: LintFinding['code'], severity: LintFinding['severity'], message: string, advice: string): void => void found.push({ code, severity, pointer: '/transform/rounding', message, advice });
  const { ending, every } = grid;
  const first = ending === 0n ? every : ending;
  const lowest = floor === null || floor <= first ? first : ending + ceilDivide(floor - ending, every) * every;
  const price = (minor: bigint): string => formatMinorUnits(minor, currency);
  if (ceiling !== null && lowest > ceiling && (floor === null || floor <= ceiling)) {
    add('rounding_never_fits', 'contradiction', `No price that rounding may give lies within the limits (the nearest above is ${price(lowest)}), so every variant is blocked.`, 'Widen the limits, or round otherwise.');
  } else if (every === 1n && grid.direction === 'nearest') add('rounding_without_effect', 'hint', `Every price of the currency is a multiple of ${price(1n)} anyway.`, 'Take the rounding away, or round to larger steps.');
  const highest = highestStepped(known);
  if (every > 1n && highest !== null && highest.n > 0n && isBelow(highest, whole(every))) {
    add('rounding_coarser_than_prices', 'warning', `Rounding goes in steps of ${price(every)}, more than any price after the steps.`, 'Round to smaller steps.');
  }
  return found;
}

function lintCompareAt({ compareAt, bounds, allowZero }: Rule['transform'], known: KnownPrices): LintFinding[] {
  if (compareAt?.mode === 'set') {
    const value = setCompareAt(compareAt.value, known.currency);
    const lowest = known.stepped === null ? null : subtract(known.stepped.low, roundingReach(known));
    const limitedAbove = bounds?.ceiling !== undefined || bounds?.maxIncreasePercent !== undefined;
    const least = allowZero === true ? 0n : 1n;
    const shown = formatMinorUnits(value, known.currency);
    if (value <= least || (known.floor !== null && value <= known.floor) || (lowest !== null && !limitedAbove && !isBelow(lowest, whole(value)))) {
      return [{ code: 'compare_at_never_above', severity: 'warning', pointer: '/transform/compareAt/value', message: `No new price is below ${shown}, so a compare-at price of ${shown} never shows a reduction.`, advice: 'Set a higher one, or show the old price as a sale does.' }];
    }
  }
  const factor = known.factorOfPrice;
  const loweredByLimit = bounds?.ceiling !== undefined || (bounds?.maxIncreasePercent !== undefined && bounds.maxIncreasePercent.startsWith('-'));
  if (compareAt?.mode === 'sale' && factor !== null && factor.n >= factor.d && !loweredByLimit && (known.grid === null || known.grid.direction === 'up')) {
    return [{ code: 'sale_without_reduction', severity: 'warning', pointer: '/transform/compareAt', message: 'The steps lower no price, so there is no reduction to show: the compare-at price goes wherever none was above the new price already.', advice: 'Check the sign of the steps (15 % off is -15), or leave the compare-at price as it is.' }];
  }
  return [];
}

function lintZero(allowed: boolean, { line, floor }: KnownPrices): LintFinding[] {
  const meant = line.scale.n === 0n && line.offset.n <= 0n;
  if (!allowed || (meant && (floor === null || floor <= 0n))) return [];
  const never = floor !== null && floor > 0n;
  return [{
    code: 'allow_zero_without_need', severity: 'hint', pointer: '/transform/allowZero',
    message: never ? 'The lowest price is above zero, so no price becomes zero.' : 'A price of zero is allowed although no step asks for it: one that comes out so by mistake would be written.',
    advice: 'Allow it only where something is to be free.',
  }];
}

/** What is odd about schedule and priority. `now` is in milliseconds since the epoch; null leaves out what depends on it. */
export function lintSchedule({ schedule, priority }: Rule, now: number | null): LintFinding[] {
  const found: LintFinding[] = [];
  const end = schedule?.endAt ?? null;
  if (schedule && now !== null) {
    const startsAt = resolveWallClock(schedule.startAt, schedule.timeZone);
    const endsAt = end === null ? null : resolveWallClock(end, schedule.timeZone);
    if (endsAt !== null && endsAt <= now) {
      found.push({ code: 'schedule_past', severity: 'warning', pointer: '/schedule/endAt', message: 'This time is over: a change by this rule would end before it starts.', advice: 'Choose a time to come, or give the change a schedule of its own.' });
    } else if (startsAt !== null && startsAt <= now) {
      found.push({ code: 'schedule_started', severity: 'hint', pointer: '/schedule/startAt', message: 'This time has passed: a change by this rule starts as soon as it may.', advice: 'Choose a time to come if it should start later.' });
    }
  }
  if (priority !== undefined && priority !== 0 && end === null) {
    found.push({ code: 'priority_without_end', severity: 'hint', pointer: '/priority', message: 'A priority orders campaigns, and without an end the change is none.', advice: 'Give it an end here or when it is scheduled, or leave the priority out.' });
  }
  return found;
}
