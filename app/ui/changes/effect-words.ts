import type { ChangeSummary } from '@calibr/types';
import { formatCount, formatQuantity } from '../format/count.ts';
import { formatDate, formatDateTime } from '../format/time.ts';

type Bin = NonNullable<ChangeSummary['distribution']>['bins'][number];
type Sales = NonNullable<ChangeSummary['sales']>;

/** `57%`, `under 1%`, `over 99%`: never 0 % of something and never all of it where a row is missing. */
export function shareWords(count: number, of: number): string {
  if (of === 0 || count === 0) return '0%';
  if (count === of) return '100%';
  const percent = Math.round((count / of) * 100);
  return percent === 0 ? 'under 1%' : percent === 100 ? 'over 99%' : `${percent}%`;
}

/** `−20 to −10%`, `5 to 10%`, `over 100%`, `price stays`. */
export function binWords({ from, to }: Pick<Bin, 'from' | 'to'>): string {
  if (from === '0' && to === '0') return 'price stays';
  const minus = (end: string): string => end.replace('-', '−');
  if (to === null) return `over +${from}%`;
  if (from === null) return `under ${minus(to)}%`;
  return from.startsWith('-') ? `${minus(from)} to ${minus(to)}%` : `+${from} to +${to}%`.replace('+0 ', '0 ');
}

/** A calendar day such as `2026-11-22` in words. */
const dayWords = (day: string): string => formatDate(`${day}T12:00:00Z`, 'UTC');

/** What the sales facts are, how fresh they are, and what they leave out. */
export function freshnessWords(sales: Sales, timeZone: string): readonly string[] {
  const counted = formatDate(sales.countedSince, timeZone);
  const complete = Date.parse(sales.countedSince) <= Date.parse(`${sales.firstDay}T00:00:00Z`);
  return [
    `Orders from ${dayWords(sales.firstDay)} to ${dayWords(sales.lastDay)}; the latest of them on ${formatDateTime(sales.latestOrderAt, timeZone)}.`,
    ...(complete ? [] : [`Orders are counted since ${counted}: days before that are incomplete, so real sales may be higher.`]),
    'Units are as ordered, in all markets; refunds and later cancellations are not taken off.',
  ];
}

/** For how many of the rows to change sales and costs are known. */
export function coverageWords(summary: ChangeSummary): readonly string[] {
  const { planned } = summary;
  const withSales = summary.revenueAtCurrentVolume?.knownFor ?? 0;
  const withBoth = summary.grossProfitAtCurrentVolume?.knownFor ?? 0;
  const withCost = summary.costKnownFor ?? 0;
  const of = (count: number): string => `${formatCount(count)} of ${formatQuantity(planned, 'row', 'rows')} to change (${shareWords(count, planned)})`;
  return [
    `Sales are known for ${of(withSales)}${withSales > 0 && withBoth < withSales ? `, and cost as well for ${formatCount(withBoth)}` : ''}.`,
    `Cost is known for ${of(withCost)}.`,
  ];
}

/** The plot in one sentence, for those who do not see it. */
export function distributionWords(distribution: NonNullable<ChangeSummary['distribution']>): string {
  const largest = distribution.bins.reduce((most, bin) => (bin.rows > most.rows ? bin : most), distribution.bins[0]!);
  const rows = distribution.bins.reduce((sum, bin) => sum + bin.rows, 0) + distribution.withoutPercent;
  return `How much ${formatQuantity(rows, 'price changes', 'prices change')}: most, ${formatCount(largest.rows)}, ${largest.from === '0' && largest.to === '0' ? 'stay' : `by ${binWords(largest)}`}.`;
}
