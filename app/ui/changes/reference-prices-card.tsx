import { Banner, BlockStack, Card, Text } from '@shopify/polaris';
import type { ChangeSummary } from '@calibr/types';
import { dayWords } from '../../domain/reference-prices/render-reference.ts';
import { formatQuantity } from '../format/count.ts';

type ReferencePrices = NonNullable<ChangeSummary['referencePrices']>;

/** What the EU's 30-day rule says about the strike-throughs of a plan; nothing where it has none. */
export function ReferencePricesCard({ summary }: { summary: ChangeSummary }) {
  const found = summary.referencePrices ?? null;
  if (found === null) return null;
  const { aboveLowest, insufficientHistory, strikeThroughs, startDay, timeZone } = found;
  if (aboveLowest + insufficientHistory === 0) {
    return (
      <Card>
        <Text as="p">
          {formatQuantity(strikeThroughs, 'row shows', 'rows show')} a struck-through price. None is above the lowest price of the 30 days before {dayWords(startDay)} ({timeZone}), as the EU asks.
        </Text>
      </Card>
    );
  }
  return (
    <Banner tone="warning" title={titleOf(found)}>
      <BlockStack gap="200">
        {aboveLowest > 0 ? (
          <Text as="p">
            {formatQuantity(aboveLowest, 'row', 'rows')} of {formatQuantity(strikeThroughs, 'strike-through', 'strike-throughs')}: the compare-at price is above the lowest price of the 30 days before{' '}
            {dayWords(startDay)} ({timeZone}). In the EU a reduction must name that lowest price (directive 98/6/EC, article 6a).
          </Text>
        ) : null}
        {insufficientHistory > 0 ? (
          <Text as="p">
            {formatQuantity(insufficientHistory, 'row', 'rows')}: not enough history. Fewer than 30 days of prices are known, so nobody can say whether the compare-at price is lawful.
          </Text>
        ) : null}
        <Text as="p">{startWords(found)}</Text>
      </BlockStack>
    </Banner>
  );
}

function titleOf({ aboveLowest }: ReferencePrices): string {
  return aboveLowest > 0 ? 'Some struck-through prices would be unlawful in the EU' : 'Some struck-through prices cannot be checked yet';
}

function startWords({ earliestLawfulStart, withoutLawfulStart, aboveLowest, insufficientHistory }: ReferencePrices): string {
  if (earliestLawfulStart !== null) return `The earliest start that is lawful for the whole plan is ${dayWords(earliestLawfulStart)}, if prices stay as they are until then. Each row says its own date.`;
  if (withoutLawfulStart === aboveLowest + insufficientHistory) return 'No later start makes them lawful while prices stay as they are. Each row says why.';
  return `For ${formatQuantity(withoutLawfulStart, 'row', 'rows')} no later start is lawful while prices stay as they are; each of the others says its own date.`;
}
