import { Badge, BlockStack, Box, Button, Card, Collapsible, InlineStack, Spinner, Text } from '@shopify/polaris';
import type { ChangeSummary, PricePair } from '@calibr/types';
import { useId, useState } from 'react';
import type { Problem } from '../../domain/kernel/result.ts';
import { formatCount } from '../format/count.ts';
import { ArrowText } from '../parts/arrow-text.tsx';
import { BeforeAfter, PriceDifference } from '../parts/price-texts.tsx';
import { ProblemBanner } from '../parts/problem-banner.tsx';
import { reasonWords, warningWords } from '../words/change-words.ts';

export interface SampleRow {
  readonly variantId: string;
  readonly title: string;
  readonly sku: string;
  readonly outcome: 'planned' | 'unchanged' | 'blocked';
  readonly reason: string | null;
  readonly before: PricePair;
  readonly after: PricePair | null;
  readonly warnings: readonly string[];
  /** Why, as sentences. */
  readonly text: string;
}

/** What a rule would do to the whole catalog in numbers, and some of its rows. */
export interface RuleSample {
  readonly summary: ChangeSummary;
  readonly rows: readonly SampleRow[];
}

/** The live sample beside the editor. It stays while the next one is on its way. */
export function SampleDiff({ sample, problem, loading, incomplete }: { sample: RuleSample | null; problem: Problem | null; loading: boolean; incomplete: boolean }) {
  return (
    <Card>
      <BlockStack gap="400">
        <InlineStack align="space-between" blockAlign="center" gap="200">
          <Text as="h2" variant="headingMd">
            What it would do
          </Text>
          <div style={{ height: '1.25rem' }}>{loading ? <Spinner size="small" accessibilityLabel="Trying the rule" /> : null}</div>
        </InlineStack>
        {incomplete ? <Text as="p" tone="subdued">Complete the rule to see it tried on your catalog.</Text> : null}
        {problem && !incomplete ? <ProblemBanner problem={problem} /> : null}
        {sample && !incomplete ? <SampleBody sample={sample} /> : null}
        {!sample && !problem && !incomplete ? <Text as="p" tone="subdued">The rule is being tried on your catalog.</Text> : null}
      </BlockStack>
    </Card>
  );
}

/** The numbers and rows of a sample. */
export function SampleBody({ sample: { summary, rows } }: { sample: RuleSample }) {
  const counts: [string, number][] = [
    ['Chosen', summary.selected],
    ['Would change', summary.planned],
    ['Unchanged', summary.unchanged],
    ['Blocked', summary.blocked],
  ];
  return (
    <>
      <div role="status" style={{ display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(6.5rem, 1fr))', gap: 'var(--p-space-200)' }}>
        {counts.map(([label, count]) => (
          <BlockStack key={label}>
            <Text as="span" variant="bodySm" tone="subdued">
              {label}
            </Text>
            <Text as="span" variant="headingMd" numeric>
              {formatCount(count)}
            </Text>
          </BlockStack>
        ))}
      </div>
      {Object.entries(summary.byReason).map(([reason, count]) => (
        <Text as="p" variant="bodySm" tone="subdued" key={reason}>
          {formatCount(count)} blocked: {reasonWords(reason)}
        </Text>
      ))}
      {summary.selected === 0 ? <Text as="p">No variant of your catalog fits the conditions.</Text> : null}
      <BlockStack gap="0">
        {rows.map((row) => (
          <SampleRowView key={row.variantId} row={row} />
        ))}
      </BlockStack>
      {rows.length < summary.selected ? (
        <Text as="p" variant="bodySm" tone="subdued">
          {formatCount(rows.length)} of {formatCount(summary.selected)} shown. Preview the change to see every one.
        </Text>
      ) : null}
    </>
  );
}

function SampleRowView({ row }: { row: SampleRow }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <Box paddingBlock="200" borderBlockStartWidth="025" borderColor="border">
      <BlockStack gap="100">
        <InlineStack align="space-between" gap="200" wrap={false} blockAlign="start">
          <BlockStack>
            <Text as="span" fontWeight="medium" breakWord>
              {row.title}
            </Text>
            {row.sku ? (
              <Text as="span" variant="bodySm" tone="subdued" breakWord>
                {row.sku}
              </Text>
            ) : null}
          </BlockStack>
          {row.outcome === 'planned' ? <PriceDifference before={row.before} after={row.after} /> : <Badge tone={row.outcome === 'blocked' ? 'warning' : undefined}>{row.outcome === 'blocked' ? 'Blocked' : 'Unchanged'}</Badge>}
        </InlineStack>
        {row.after ? (
          <InlineStack gap="200">
            <BeforeAfter before={row.before.price} after={row.after.price} />
            {row.before.compareAtPrice || row.after.compareAtPrice ? (
              <Text as="span" variant="bodySm" tone="subdued">
                compare-at <BeforeAfter before={row.before.compareAtPrice} after={row.after.compareAtPrice} />
              </Text>
            ) : null}
          </InlineStack>
        ) : (
          <Text as="span">{row.reason ? reasonWords(row.reason) : 'Cannot be priced'}</Text>
        )}
        {row.warnings.map((warning) => (
          <Text as="span" key={warning} tone="caution" variant="bodySm">
            {warningWords(warning)}
          </Text>
        ))}
        <InlineStack>
          <Button variant="plain" size="micro" disclosure={open ? 'up' : 'down'} ariaExpanded={open} ariaControls={id} onClick={() => setOpen(!open)} accessibilityLabel={`Why, for ${row.title}`}>
            Why
          </Button>
        </InlineStack>
        <Collapsible id={id} open={open}>
          <Text as="p" variant="bodySm">
            <span style={{ whiteSpace: 'pre-line' }}><ArrowText text={row.text} /></span>
          </Text>
        </Collapsible>
      </BlockStack>
    </Box>
  );
}
