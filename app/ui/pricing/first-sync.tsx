import { Banner, BlockStack, Box, Button, Card, EmptyState, InlineStack, Spinner, Text } from '@shopify/polaris';
import type { CatalogSync } from '@calibr/types';
import { formatQuantity } from '../format/count.ts';
import { failureWords } from './failure-words.ts';

/** The Pricing screen before there is a catalog: offers the first sync, shows it while it runs, and says why it failed. */
export function FirstSync({
  running,
  failed,
  maySync,
  starting,
  onStart,
}: {
  running: CatalogSync | null;
  failed: CatalogSync | null;
  maySync: boolean;
  starting: boolean;
  onStart: () => void;
}) {
  if (running) {
    return (
      <Card>
        <Box paddingBlock="800" paddingInline="400">
          <BlockStack gap="400" inlineAlign="center">
            <Spinner accessibilityLabel="Bringing your catalog in" />
            <Text as="h2" variant="headingMd" alignment="center">
              Bringing your catalog in
            </Text>
            <SyncCounts sync={running} />
            <Text as="p" tone="subdued" alignment="center">
              Large catalogs take a few minutes. You can leave this page; it goes on.
            </Text>
          </BlockStack>
        </Box>
      </Card>
    );
  }
  return (
    <BlockStack gap="400">
      {failed ? (
        <Banner tone="critical" title="Your catalog could not be brought in">
          <Text as="p">{failureWords(failed.error)} Nothing in your store was changed.</Text>
        </Banner>
      ) : null}
      <Card>
        <EmptyState
          heading="Start with your catalog"
          image="/illustrations/first-sync.svg"
          action={maySync ? { content: failed ? 'Try again' : 'Bring in my catalog', onAction: onStart, loading: starting } : undefined}
        >
          <Text as="p">
            Calibrate reads your products, prices and costs from Shopify, so that you can change prices by rule and see every price before it goes live.
            Reading changes nothing in your store.
          </Text>
          {maySync ? null : <Text as="p">Ask an administrator of this store to start the first sync.</Text>}
        </EmptyState>
      </Card>
    </BlockStack>
  );
}

function SyncCounts({ sync }: { sync: CatalogSync }) {
  const text =
    sync.state === 'importing' || sync.products + sync.variants > 0
      ? `${formatQuantity(sync.products, 'product', 'products')} and ${formatQuantity(sync.variants, 'variant', 'variants')} so far.`
      : 'Shopify is preparing the list of your products.';
  return (
    <div role="status">
      <Text as="p" alignment="center">
        {text}
      </Text>
    </div>
  );
}

/** A sync that runs beside a catalog that is already there. */
export function RunningSync({ sync }: { sync: CatalogSync }) {
  return (
    <Card>
      <InlineStack gap="300" blockAlign="center">
        <Spinner size="small" accessibilityLabel="Syncing" />
        <InlineStack gap="100">
          <Text as="span" fontWeight="medium">
            Syncing with Shopify.
          </Text>
          <SyncCounts sync={sync} />
        </InlineStack>
      </InlineStack>
    </Card>
  );
}

/** A sync of a catalog that is already there and did not end well. */
export function FailedSync({ sync, onRetry, maySync, starting }: { sync: CatalogSync; onRetry: () => void; maySync: boolean; starting: boolean }) {
  return (
    <Banner tone="critical" title="The last sync did not finish">
      <BlockStack gap="200">
        <Text as="p">{failureWords(sync.error)} The prices below are those of the sync before it.</Text>
        {maySync ? (
          <InlineStack>
            <Button onClick={onRetry} loading={starting}>
              Sync again
            </Button>
          </InlineStack>
        ) : null}
      </BlockStack>
    </Banner>
  );
}
