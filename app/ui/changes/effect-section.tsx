import { BlockStack, Card, InlineGrid, List, Text } from '@shopify/polaris';
import type { ChangeSummary } from '@calibr/types';
import { formatCount } from '../format/count.ts';
import { compareDecimals, formatMoney, formatSignedPercent, percentChange } from '../format/money.ts';
import { EffectBiggest } from './effect-biggest.tsx';
import { EffectDistribution } from './effect-distribution.tsx';
import { coverageWords, freshnessWords, shareWords } from './effect-words.ts';

type AtVolume = NonNullable<ChangeSummary['revenueAtCurrentVolume']>;

/** The effect before the fact (`market`: the price list it is for, null for the shop's own prices): revenue and profit where they can be known, how far prices move, and which move most. */
export function EffectSection({ summary, market, timeZone, onExplain }: { summary: ChangeSummary; market: string | null; timeZone: string; onExplain: (itemId: string) => void }) {
  const { distribution } = summary;
  // Plans made before there was an effect, and plans that change nothing, have none to show.
  if (!distribution || summary.planned === 0) return null;
  return (
    <>
      <VolumeCard summary={summary} market={market} timeZone={timeZone} />
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 'var(--p-space-400)', alignItems: 'flex-start' }}>
        <div style={{ flex: '2 1 20rem', minWidth: 0 }}>
          <EffectDistribution distribution={distribution} planned={summary.planned} />
        </div>
        <div style={{ flex: '3 1 20rem', minWidth: 0 }}>
          <EffectBiggest increases={summary.biggestIncreases ?? []} decreases={summary.biggestDecreases ?? []} onExplain={onExplain} />
        </div>
      </div>
    </>
  );
}

function VolumeCard({ summary, market, timeZone }: { summary: ChangeSummary; market: string | null; timeZone: string }) {
  const { revenueAtCurrentVolume: revenue, grossProfitAtCurrentVolume: profit, sales, units } = summary;
  return (
    <Card>
      <BlockStack gap="300">
        <BlockStack gap="100">
          <Text as="h2" variant="headingSm">
            {revenue ? `If everything sells as in the last ${revenue.days ?? 30} days` : 'Revenue and profit'}
          </Text>
          {revenue ? (
            <Text as="p" tone="subdued" variant="bodySm">
              The same sales at the new prices. How buyers answer to the prices is not predicted.
            </Text>
          ) : null}
        </BlockStack>
        {revenue ? (
          <InlineGrid columns={{ xs: 1, sm: 3 }} gap="300">
            <Amounts label="Revenue" effect={revenue} />
            {profit ? <Amounts label="Gross profit" effect={profit} /> : <Figure label="Gross profit" value="Not known" detail="No row has both sales and cost" />}
            <Figure label="Units sold" value={formatCount(units ?? 0)} detail={`by ${formatCount(revenue.knownFor ?? 0)} of the variants to change`} />
          </InlineGrid>
        ) : (
          <WithoutSales summary={summary} market={market} />
        )}
        <List type="bullet" gap="extraTight">
          {[...(revenue ? coverageWords(summary) : coverageWords(summary).slice(1)), ...(sales ? freshnessWords(sales, timeZone) : [])].map((sentence) => (
            <List.Item key={sentence}>
              <Text as="span" variant="bodySm" tone="subdued">
                {sentence}
              </Text>
            </List.Item>
          ))}
        </List>
      </BlockStack>
    </Card>
  );
}

/** What can be said without sales: why there are none, and counts and shares. */
function WithoutSales({ summary, market }: { summary: ChangeSummary; market: string | null }) {
  const { selected, planned, increases, decreases, sales } = summary;
  return (
    <BlockStack gap="200">
      <Text as="p">
        {market !== null
          ? `Sales are known for the whole shop and not for ${market || 'one market'}, so what the change does to revenue is not known.`
          : sales
            ? 'None of the variants to change was sold in these days, so what the change does to revenue is not known.'
            : 'No sales are known yet, so what the change does to revenue is not known. Orders are counted as they come in, from the day the app may read them.'}
      </Text>
      <Text as="p">
        {formatCount(planned)} of {formatCount(selected)} chosen prices change ({shareWords(planned, selected)}): {formatCount(increases)} rise ({shareWords(increases, planned)}), {formatCount(decreases)} fall (
        {shareWords(decreases, planned)}).
      </Text>
    </BlockStack>
  );
}

function Amounts({ label, effect: { before, after, difference } }: { label: string; effect: AtVolume }) {
  // A loss that shrinks is no percentage that anybody reads the right way round.
  const percent = before.amount.startsWith('-') ? null : percentChange(before.amount, after.amount);
  const change = difference && compareDecimals(difference.amount, '0') !== 0 ? `${difference.amount.startsWith('-') ? '−' : '+'}${formatMoney({ ...difference, amount: difference.amount.replace('-', '') })}` : 'no change';
  return <Figure label={label} value={formatMoney(after)} detail={`before ${formatMoney(before)}: ${change}${percent && change !== 'no change' ? ` (${formatSignedPercent(percent)})` : ''}`} />;
}

function Figure({ label, value, detail }: { label: string; value: string; detail: string }) {
  return (
    <BlockStack gap="050">
      <Text as="h3" variant="bodySm" tone="subdued">
        {label}
      </Text>
      <Text as="p" variant="headingMd" numeric breakWord>
        {value}
      </Text>
      <Text as="p" variant="bodySm" tone="subdued">
        {detail}
      </Text>
    </BlockStack>
  );
}
