import { BlockStack, Button, Card, Collapsible, InlineStack, Text } from '@shopify/polaris';
import type { ChangeSummary } from '@calibr/types';
import { useId, useState } from 'react';
import { formatCount, formatQuantity } from '../format/count.ts';
import { binWords, distributionWords, shareWords } from './effect-words.ts';

const TEAL = '#00A3A3';
const GREY = '#8A8A8A';
const WIDTH = 100;

/** How far prices move: a bar for each range, always the same ranges. The table below it has the same numbers. */
export function EffectDistribution({ distribution, planned }: { distribution: NonNullable<ChangeSummary['distribution']>; planned: number }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const { bins, withoutPercent } = distribution;
  const most = Math.max(1, ...bins.map(({ rows }) => rows));
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingSm">
          How far prices move
        </Text>
        <figure style={{ margin: 0 }} role="img" aria-label={distributionWords(distribution)}>
          <div aria-hidden="true" style={{ display: 'grid', gridTemplateColumns: 'max-content 1fr max-content', columnGap: 'var(--p-space-200)', rowGap: 'var(--p-space-050)', alignItems: 'center' }}>
            {bins.map((bin) => (
              <Bar key={`${bin.from} ${bin.to}`} label={binWords(bin)} rows={bin.rows} most={most} stays={bin.from === '0' && bin.to === '0'} />
            ))}
          </div>
        </figure>
        {withoutPercent > 0 ? (
          <Text as="p" tone="subdued" variant="bodySm">
            {formatQuantity(withoutPercent, 'price rises', 'prices rise')} from 0, which is no percentage of anything.
          </Text>
        ) : null}
        <InlineStack>
          <Button variant="plain" disclosure={open ? 'up' : 'down'} ariaExpanded={open} ariaControls={id} onClick={() => setOpen(!open)}>
            Numbers as a table
          </Button>
        </InlineStack>
        <Collapsible id={id} open={open}>
          <table style={{ width: '100%', borderCollapse: 'collapse', fontVariantNumeric: 'tabular-nums' }}>
            <thead>
              <tr>
                <Cell head>Change</Cell>
                <Cell head end>
                  Rows
                </Cell>
                <Cell head end>
                  Share
                </Cell>
              </tr>
            </thead>
            <tbody>
              {[...bins.map((bin) => [binWords(bin), bin.rows] as const), ['from a price of 0', withoutPercent] as const].map(([label, rows]) => (
                <tr key={label}>
                  <Cell>{label}</Cell>
                  <Cell end>{formatCount(rows)}</Cell>
                  <Cell end>{shareWords(rows, planned)}</Cell>
                </tr>
              ))}
            </tbody>
          </table>
        </Collapsible>
      </BlockStack>
    </Card>
  );
}

function Bar({ label, rows, most, stays }: { label: string; rows: number; most: number; stays: boolean }) {
  // Even one row of a million is to be seen.
  const width = rows === 0 ? 0 : Math.max(1, (rows / most) * WIDTH);
  return (
    <>
      <Text as="span" variant="bodySm" tone={rows === 0 ? 'subdued' : undefined} numeric alignment="end">
        {label}
      </Text>
      <svg viewBox={`0 0 ${WIDTH} 10`} preserveAspectRatio="none" style={{ width: '100%', height: '0.75rem', display: 'block' }}>
        <rect x="0" y="0" width={WIDTH} height="10" fill="#F1F1F1" />
        <rect x="0" y="0" width={width} height="10" fill={stays ? GREY : TEAL} />
      </svg>
      <Text as="span" variant="bodySm" tone={rows === 0 ? 'subdued' : undefined} numeric alignment="end">
        {formatCount(rows)}
      </Text>
    </>
  );
}

function Cell({ children, head = false, end = false }: { children: string; head?: boolean; end?: boolean }) {
  const Tag = head ? 'th' : 'td';
  return (
    <Tag scope={head ? 'col' : undefined} style={{ textAlign: end ? 'end' : 'start', padding: 'var(--p-space-050) var(--p-space-100)', borderBlockEnd: '1px solid var(--p-color-border-secondary)' }}>
      <Text as="span" variant="bodySm" fontWeight={head ? 'semibold' : undefined}>
        {children}
      </Text>
    </Tag>
  );
}
