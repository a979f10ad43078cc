import { useFetcher } from '@remix-run/react';
import { BlockStack, Box, Button, Card, InlineStack, Link, Spinner, Text, useBreakpoints } from '@shopify/polaris';
import type { PriceChange, PriceOverlap, PriceOverlapRowList } from '@calibr/types';
import { Fragment } from 'react';
import type { Problem } from '../../domain/kernel/result.ts';
import { formatQuantity } from '../format/count.ts';
import { formatDateTime } from '../format/time.ts';
import { PriceTexts } from '../parts/price-texts.tsx';
import { ProblemBanner } from '../parts/problem-banner.tsx';
import { selectorWords, transformWords } from '../rules/rule-words.ts';
import { CHANGE_STATE_WORDS } from '../words/change-words.ts';

const WHY: Readonly<Record<PriceOverlap['reason'], string>> = {
  priority: 'it has the larger priority',
  later_start: 'it starts later',
  later_creation: 'it was made later',
  campaign_over_baseline: 'a campaign lies over a change without end, which becomes the price under it',
  applied_last: 'neither ends, so the one that is applied last stays; prices that the first one moved are conflicts for the second',
};

function verdict({ wins, reason, change }: PriceOverlap, own: string): string {
  const shows = wins === 'this' ? `“${own}” shows` : wins === 'other' ? `“${change.name}” shows` : 'The one that is applied last shows';
  return `${shows}: ${WHY[reason]}.`;
}

/** Other changes of the same variants at the same time: both rules, both results, which one shows and why. */
export function OverlapCard({ change, overlaps, timeZone }: { change: PriceChange; overlaps: readonly PriceOverlap[]; timeZone: string }) {
  if (overlaps.length === 0) return null;
  return (
    <Card>
      <BlockStack gap="300">
        <BlockStack gap="100">
          <Text as="h2" variant="headingMd">
            Overlaps with {formatQuantity(overlaps.length, 'other change', 'other changes')}
          </Text>
          <Text as="p" tone="subdued">
            They price some of the same variants at the same time. Only one price can show; the others come to light when it ends.
          </Text>
        </BlockStack>
        {overlaps.map((overlap) => (
          <Overlap key={overlap.change.id} change={change} overlap={overlap} timeZone={timeZone} />
        ))}
      </BlockStack>
    </Card>
  );
}

type Rows = { readonly rows: PriceOverlapRowList } | { readonly problem: Problem };

function Overlap({ change, overlap, timeZone }: { change: PriceChange; overlap: PriceOverlap; timeZone: string }) {
  const fetcher = useFetcher<Rows>();
  const { change: other } = overlap;
  const window = `${other.startsAt ? formatDateTime(other.startsAt, timeZone) : 'when applied'} – ${other.endsAt ? formatDateTime(other.endsAt, timeZone) : 'no end'}`;
  const answer = fetcher.data;
  return (
    <Box paddingBlockStart="300" borderBlockStartWidth="025" borderColor="border">
      <BlockStack gap="200">
        <InlineStack gap="200" align="space-between" blockAlign="center">
          <Text as="h3" variant="headingSm" breakWord>
            <Link url={`/app/changes/${other.id}`}>{other.name}</Link> · {CHANGE_STATE_WORDS[other.state].label} · {formatQuantity(overlap.variants, 'variant', 'variants')}
          </Text>
          <Button
            onClick={() => fetcher.load(`/app/changes/${change.id}/overlaps/${other.id}`)}
            loading={fetcher.state !== 'idle'}
            accessibilityLabel={`Compare prices with ${other.name}`}
          >
            Compare prices
          </Button>
        </InlineStack>
        <Text as="p">{verdict(overlap, change.name)}</Text>
        <Text as="p" tone="subdued" variant="bodySm">
          {selectorWords(other.rule.selector)}: {transformWords(other.rule.transform)}. Runs {window}, priority {other.priority}.
        </Text>
        {fetcher.state !== 'idle' && !answer ? <Spinner size="small" accessibilityLabel="Loading prices" /> : null}
        {answer && 'problem' in answer ? <ProblemBanner problem={answer.problem} /> : null}
        {answer && 'rows' in answer ? <SideBySide rows={answer.rows} own={change.name} other={other.name} /> : null}
      </BlockStack>
    </Box>
  );
}

const cell = { padding: 'var(--p-space-100) var(--p-space-200)', textAlign: 'end', verticalAlign: 'top' } as const;

function SideBySide({ rows, own, other }: { rows: PriceOverlapRowList; own: string; other: string }) {
  const condensed = useBreakpoints().smDown;
  return (
    <BlockStack gap="100">
      {condensed ? <OneBelowTheOther rows={rows} own={own} other={other} /> : (
      <div style={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label={`Prices of ${own} and ${other}`}>
        <table style={{ borderCollapse: 'collapse', width: '100%' }}>
          <thead>
            <tr>
              {['Variant', 'Now', own, other].map((label, index) => (
                <th key={label} scope="col" style={{ ...cell, textAlign: index === 0 ? 'start' : 'end' }}>
                  <Text as="span" variant="bodySm" tone="subdued">
                    {label}
                  </Text>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.data.map((row) => (
              <tr key={row.variantId}>
                <th scope="row" style={{ ...cell, textAlign: 'start', fontWeight: 'inherit' }}>
                  {row.title}
                  {row.sku ? ` (${row.sku})` : ''}
                </th>
                <td style={cell}>
                  <PriceTexts pair={row.before} />
                </td>
                <td style={{ ...cell, fontWeight: row.wins === 'this' ? 'var(--p-font-weight-semibold)' : undefined }}>
                  <PriceTexts pair={row.this} />
                </td>
                <td style={{ ...cell, fontWeight: row.wins === 'other' ? 'var(--p-font-weight-semibold)' : undefined }}>
                  <PriceTexts pair={row.other} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      )}
      {rows.nextCursor ? (
        <Text as="p" tone="subdued" variant="bodySm">
          The first {rows.data.length} are shown.
        </Text>
      ) : null}
    </BlockStack>
  );
}

/** The same on a phone: a block for each variant, the price that shows in bold. */
function OneBelowTheOther({ rows, own, other }: { rows: PriceOverlapRowList; own: string; other: string }) {
  return (
    <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>
      {rows.data.map((row) => (
        <li key={row.variantId} style={{ paddingBlock: 'var(--p-space-200)', borderBlockStart: 'var(--p-border-width-025) solid var(--p-color-border)' }}>
          <Text as="p" fontWeight="medium" breakWord>
            {row.title}
            {row.sku ? ` (${row.sku})` : ''}
          </Text>
          <dl style={{ margin: 0, display: 'grid', gridTemplateColumns: '1fr max-content', gap: 'var(--p-space-050) var(--p-space-200)' }}>
            {([['Now', row.before, false], [own, row.this, row.wins === 'this'], [other, row.other, row.wins === 'other']] as const).map(([label, pair, wins]) => (
              <Fragment key={label}>
                <dt style={{ overflowWrap: 'anywhere' }}>
                  <Text as="span" variant="bodySm" tone="subdued">
                    {label}
                  </Text>
                </dt>
                <dd style={{ margin: 0, textAlign: 'end', fontWeight: wins ? 'var(--p-font-weight-semibold)' : undefined }}>
                  <PriceTexts pair={pair} />
                </dd>
              </Fragment>
            ))}
          </dl>
        </li>
      ))}
    </ul>
  );
}
