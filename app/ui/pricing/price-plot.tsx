import { Text } from '@shopify/polaris';
import type { PriceVersion } from '@calibr/types';
import { formatMoney } from '../format/money.ts';
import { formatDate, formatDateTime } from '../format/time.ts';

const TEAL = '#00A3A3';
const WIDTH = 1000;
const HEIGHT = 200;
const MARGIN = 12;

/** Price (and, dashed, compare-at price) over time as steps: a price holds until the next one. The table beside it has the same numbers. */
export function PricePlot({ versions, now, timeZone }: { versions: readonly PriceVersion[]; now: string; timeZone: string }) {
  const points = [...versions].sort((a, b) => Date.parse(a.validFrom) - Date.parse(b.validFrom));
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return null;

  const from = Date.parse(first.validFrom);
  const until = Math.max(Date.parse(now), Date.parse(last.validFrom) + 1);
  const amounts = points.flatMap((point) => [point.price, point.compareAtPrice]).flatMap((money) => (money ? [money] : []));
  const ordered = [...amounts].sort((a, b) => Number(a.amount) - Number(b.amount));
  const [lowest, highest] = [ordered[0], ordered.at(-1)];
  if (!lowest || !highest) return null;
  const span = Number(highest.amount) - Number(lowest.amount);

  // Places on the screen only: the numbers shown come from the decimal strings.
  const x = (time: number) => ((time - from) / (until - from)) * WIDTH;
  const y = (amount: string) => (span === 0 ? HEIGHT / 2 : MARGIN + (1 - (Number(amount) - Number(lowest.amount)) / span) * (HEIGHT - 2 * MARGIN));
  const line = (amountOf: (version: PriceVersion) => string | null) =>
    points
      .map((point) => {
        const amount = amountOf(point);
        if (amount === null) return '';
        const end = point.validTo ? Date.parse(point.validTo) : until;
        return `M${x(Date.parse(point.validFrom)).toFixed(1)} ${y(amount).toFixed(1)}H${x(end).toFixed(1)}`;
      })
      .join('');
  const risers = points
    .slice(1)
    .map((point, index) => `M${x(Date.parse(point.validFrom)).toFixed(1)} ${y(points[index]?.price.amount ?? '0').toFixed(1)}V${y(point.price.amount).toFixed(1)}`)
    .join('');

  const sameDay = formatDate(first.validFrom, timeZone) === formatDate(now, timeZone);
  const place = sameDay ? formatDateTime : formatDate;
  const label = `Price from ${formatDate(first.validFrom, timeZone)} to ${formatDate(now, timeZone)}: between ${formatMoney(lowest)} and ${formatMoney(highest)}, now ${formatMoney(last.price)}.`;
  return (
    <figure style={{ margin: 0 }}>
      <div style={{ display: 'grid', gridTemplateColumns: 'auto 1fr', gap: 'var(--p-space-200)' }}>
        <div style={{ display: 'flex', flexDirection: 'column', justifyContent: span === 0 ? 'center' : 'space-between' }} aria-hidden="true">
          <Text as="span" variant="bodySm" tone="subdued" numeric>
            {formatMoney(highest)}
          </Text>
          {span === 0 ? null : (
            <Text as="span" variant="bodySm" tone="subdued" numeric>
              {formatMoney(lowest)}
            </Text>
          )}
        </div>
        <svg role="img" aria-label={label} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" style={{ width: '100%', height: '11rem', overflow: 'visible' }}>
          {[MARGIN, HEIGHT / 2, HEIGHT - MARGIN].map((level) => (
            <line key={level} x1={0} x2={WIDTH} y1={level} y2={level} stroke="#E3E3E3" vectorEffect="non-scaling-stroke" />
          ))}
          <path d={line((version) => version.compareAtPrice?.amount ?? null)} fill="none" stroke="#616161" strokeWidth={1.5} strokeDasharray="5 4" vectorEffect="non-scaling-stroke" />
          <path d={line((version) => version.price.amount) + risers} fill="none" stroke={TEAL} strokeWidth={2.5} strokeLinecap="square" vectorEffect="non-scaling-stroke" />
        </svg>
        <span />
        <div style={{ display: 'flex', justifyContent: 'space-between' }} aria-hidden="true">
          <Text as="span" variant="bodySm" tone="subdued">
            {place(first.validFrom, timeZone)}
          </Text>
          <Text as="span" variant="bodySm" tone="subdued">
            {place(now, timeZone)}
          </Text>
        </div>
      </div>
      <figcaption>
        <div style={{ display: 'flex', gap: 'var(--p-space-400)', paddingBlockStart: 'var(--p-space-200)' }}>
          <Legend stroke={TEAL} name="Price" />
          {points.some((point) => point.compareAtPrice) ? <Legend stroke="#616161" dashed name="Compare-at price" /> : null}
        </div>
      </figcaption>
    </figure>
  );
}

function Legend({ stroke, name, dashed = false }: { stroke: string; name: string; dashed?: boolean }) {
  return (
    <span style={{ display: 'inline-flex', alignItems: 'center', gap: 'var(--p-space-100)' }}>
      <svg width="24" height="8" aria-hidden="true">
        <line x1="0" x2="24" y1="4" y2="4" stroke={stroke} strokeWidth="2.5" strokeDasharray={dashed ? '5 4' : undefined} />
      </svg>
      <Text as="span" variant="bodySm">
        {name}
      </Text>
    </span>
  );
}
