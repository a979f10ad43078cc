import { Text } from '@shopify/polaris';
import type { Money, PricePair } from '@calibr/types';
import { Arrow } from './arrow-text.tsx';
import { compareDecimals, formatMoney, formatSignedPercent, percentChange } from '../format/money.ts';

/** Money at the end of its cell; a missing amount is said, not left blank. */
export function MoneyText({ money, missing = '–', tone }: { money: Money | null | undefined; missing?: string; tone?: 'subdued' }) {
  return (
    <Text as="span" numeric tone={money ? tone : 'subdued'}>
      {money ? formatMoney(money) : missing}
    </Text>
  );
}

function sameMoney(before: Money | null, after: Money | null): boolean {
  if (!before || !after) return before === after;
  return compareDecimals(before.amount, after.amount) === 0;
}

/** `$24.00 → $19.99`, or one amount where it stays; read aloud as "from … to …". */
export function BeforeAfter({ before, after }: { before: Money | null; after: Money | null }) {
  if (sameMoney(before, after)) return <MoneyText money={after} missing="None" tone="subdued" />;
  return (
    <span style={{ whiteSpace: 'nowrap' }}>
      <Text as="span" visuallyHidden>
        from{' '}
      </Text>
      <Text as="span" numeric tone="subdued">
        {before ? formatMoney(before) : 'None'}
      </Text>
      <Arrow />
      <Text as="span" numeric fontWeight="medium">
        {after ? formatMoney(after) : 'None'}
      </Text>
    </span>
  );
}

/** How far the price moves, in percent; the sign says the direction, never colour alone. */
export function PriceDifference({ before, after }: { before: PricePair; after: PricePair | null }) {
  if (!after) return <Text as="span" tone="subdued">–</Text>;
  const percent = percentChange(before.price.amount, after.price.amount);
  const direction = compareDecimals(after.price.amount, before.price.amount);
  return (
    <Text as="span" numeric tone={direction === 0 ? 'subdued' : undefined}>
      {percent === null ? 'From zero' : formatSignedPercent(percent)}
    </Text>
  );
}

/** A price with its compare-at price, where it has one. */
export function PriceTexts({ pair }: { pair: PricePair }) {
  return (
    <span style={{ whiteSpace: 'nowrap' }}>
      <MoneyText money={pair.price} />
      {pair.compareAtPrice ? (
        <Text as="span" variant="bodySm" tone="subdued" numeric>
          {' '}
          compare-at {formatMoney(pair.compareAtPrice)}
        </Text>
      ) : null}
    </span>
  );
}
