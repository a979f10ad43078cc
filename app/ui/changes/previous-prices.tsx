import { BlockStack, Button, InlineStack, Text } from '@shopify/polaris';
import type { PriceChange } from '@calibr/types';
import { useState } from 'react';
import { downloadFile } from '../parts/download-file.ts';

/** Hands over the prices from before a change as a file for Shopify's product import; answers what went wrong, or null. */
export function downloadPreviousPrices({ id, name }: PriceChange): Promise<string | null> {
  return downloadFile(`/api/v1/price-changes/${id}/restore.csv`, `${name.replaceAll(/[^\p{L}\p{N}]+/gu, '-')}-previous-prices.csv`);
}

/** The offer to keep the previous prices before they are written over. */
export function PreviousPrices({ change }: { change: PriceChange }) {
  const [download, setDownload] = useState<{ running: boolean; failed: string | null }>({ running: false, failed: null });
  // A market's prices have no columns in the product file; the rows as CSV hold those.
  if (change.target) return null;
  const start = async () => {
    setDownload({ running: true, failed: null });
    setDownload({ running: false, failed: await downloadPreviousPrices(change) });
  };
  return (
    <BlockStack gap="100">
      <Text as="p">You can keep the previous prices as a file. Shopify’s product import puts them back from it, also without this app: choose “Overwrite products with matching handles”.</Text>
      <InlineStack>
        <Button onClick={start} loading={download.running}>
          Download previous prices
        </Button>
      </InlineStack>
      {download.failed ? (
        <Text as="p" tone="critical">
          {download.failed}
        </Text>
      ) : null}
    </BlockStack>
  );
}
