import { BlockStack, Card, InlineStack, Text } from '@shopify/polaris';
import type { ContextualPriceList } from '@calibr/types';
import { formatDateTime } from '../format/time.ts';
import { PriceTexts } from '../parts/price-texts.tsx';

/** What buyers of each market are shown for the variant, and where that price comes from. */
export function MarketPricesCard({ prices, timeZone }: { prices: ContextualPriceList['data']; timeZone: string }) {
  if (prices.length === 0) return null;
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingSm">
          In your markets
        </Text>
        {prices.map((market) => (
          <InlineStack key={market.priceListId} align="space-between" gap="200" blockAlign="start">
            <BlockStack gap="050">
              <Text as="span">{market.name}</Text>
              <Text as="span" tone="subdued" variant="bodySm">
                {market.origin === 'fixed' ? 'Fixed in its price list' : 'Follows the store price'}, known since {formatDateTime(market.since, timeZone)}
              </Text>
            </BlockStack>
            <PriceTexts pair={{ price: market.price, compareAtPrice: market.compareAtPrice }} />
          </InlineStack>
        ))}
      </BlockStack>
    </Card>
  );
}
