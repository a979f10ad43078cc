import { BlockStack, Card, InlineStack, Link, Text } from '@shopify/polaris';
import type { ChangeSummary, PriceChange } from '@calibr/types';
import { formatCount, formatQuantity } from '../format/count.ts';
import { formatMargin, formatPercent, formatSignedPercent } from '../format/money.ts';
import { StatTile, StatTiles } from '../parts/stat-tile.tsx';
import { reasonWords, warningWords } from '../words/change-words.ts';

/** What the plan would do, in numbers. */
export function SummaryCards({ summary }: { summary: ChangeSummary }) {
  const { averageMarginPercentBefore: marginBefore, averageMarginPercentAfter: marginAfter } = summary;
  const bothWays = [
    summary.maxIncreasePercent ? `most +${formatPercent(summary.maxIncreasePercent)}` : null,
    summary.maxDecreasePercent ? `most −${formatPercent(summary.maxDecreasePercent)}` : null,
  ].filter(Boolean);
  return (
    <StatTiles>
      <StatTile label="Chosen" value={formatCount(summary.selected)} />
      <StatTile
        label="To change"
        value={formatCount(summary.planned)}
        detail={summary.compareAtOnly ? `${formatCount(summary.compareAtOnly)} only in compare-at` : undefined}
      />
      <StatTile label="Unchanged" value={formatCount(summary.unchanged)} />
      <StatTile label="Blocked" value={formatCount(summary.blocked)} />
      <StatTile label="Up" value={formatCount(summary.increases)} />
      <StatTile label="Down" value={formatCount(summary.decreases)} />
      <StatTile
        label="Average"
        value={summary.averageChangePercent === null ? '–' : formatSignedPercent(summary.averageChangePercent)}
        detail={bothWays.join(', ') || undefined}
      />
      {marginBefore && marginAfter ? (
        <StatTile label="Average margin" value={formatMargin(marginAfter)} detail={`before ${formatMargin(marginBefore)}`} />
      ) : null}
    </StatTiles>
  );
}

/** Why rows are blocked, and what to look at; each line filters the table to its rows. */
export function ReasonList({ change, urlOf }: { change: PriceChange; urlOf: (reason: string) => string }) {
  const reasons = Object.entries(change.summary?.byReason ?? {});
  const warnings = Object.entries(change.summary?.byWarning ?? {});
  if (reasons.length + warnings.length === 0) return null;
  return (
    <div style={{ flex: '1 1 14rem', minWidth: 0 }}>
      <Card>
        <BlockStack gap="300">
          {reasons.length > 0 ? (
            <BlockStack gap="100">
              <Text as="h2" variant="headingSm">
                Why rows are blocked
              </Text>
              {reasons.map(([reason, count]) => (
                <InlineStack key={reason} gap="200">
                  <Link url={urlOf(reason)}>{reasonWords(reason)}</Link>
                  <Text as="span" tone="subdued" numeric>
                    {formatQuantity(count, 'row', 'rows')}
                  </Text>
                </InlineStack>
              ))}
            </BlockStack>
          ) : null}
          {warnings.length > 0 ? (
            <BlockStack gap="100">
              <Text as="h2" variant="headingSm">
                Worth a look
              </Text>
              {warnings.map(([warning, count]) => (
                <Text as="p" key={warning}>
                  {warningWords(warning)}: {formatQuantity(count, 'row', 'rows')}
                </Text>
              ))}
            </BlockStack>
          ) : null}
        </BlockStack>
      </Card>
    </div>
  );
}
