import { Card, Select } from '@shopify/polaris';
import type { PriceList } from '@calibr/types';

/** Where a price change of the rule writes: the store's own prices, or the fixed prices of a market. Nothing to choose, nothing shown. */
export function TargetSelect({ priceLists, value, currencyCode, onChange }: { priceLists: readonly PriceList[]; value: string; currencyCode: string; onChange: (priceListId: string) => void }) {
  const offered = priceLists.filter((list) => list.active);
  if (offered.length === 0) return null;
  const chosen = offered.find((list) => list.id === value);
  return (
    <Card>
      <Select
        label="Where to change prices"
        options={[{ value: '', label: `Store prices (${currencyCode})` }, ...offered.map((list) => ({ value: list.id, label: `${list.name} (${list.currencyCode})` }))]}
        value={value}
        onChange={onChange}
        helpText={
          chosen
            ? `The change starts from what buyers of ${chosen.name} are shown and fixes prices there, in ${chosen.currencyCode}; amounts in the rule count as ${chosen.currencyCode}. The sample shows store prices.`
            : 'Used by the next preview; it is not part of the rule.'
        }
      />
    </Card>
  );
}
