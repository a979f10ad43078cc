import { useFetcher, useNavigate } from '@remix-run/react';
import { Banner, BlockStack, Card, EmptyState, Page, Text } from '@shopify/polaris';
import type { CatalogStatus, Variant } from '@calibr/types';
import { formatCount, formatQuantity } from '../format/count.ts';
import { Inset } from '../parts/inset.tsx';
import { useListLocation } from '../parts/list-location.ts';
import { ProblemBanner, type ActionProblem } from '../parts/problem-banner.tsx';
import { useRevalidateWhile } from '../parts/revalidate-while.ts';
import { may, type Role } from '../words/role-words.ts';
import { CatalogFilterBar, type CatalogFacets } from './catalog-filter-bar.tsx';
import { readFilters, selectorOfFilters, selectorOfVariants } from './catalog-filters.ts';
import { CatalogTable, type CatalogSelection } from './catalog-table.tsx';
import { FailedSync, FirstSync, RunningSync } from './first-sync.tsx';
import { freshness, untoldWords } from './freshness-words.ts';

const SYNC_POLL_MS = 2_000;

export interface PricingPageData {
  readonly status: CatalogStatus;
  readonly variants: readonly Variant[];
  readonly nextCursor: string | null;
  readonly facets: CatalogFacets;
  readonly role: Role;
  readonly currencyCode: string;
  readonly timeZone: string;
  /** When the server answered. */
  readonly loadedAt: string;
}

/** The catalog with its prices; before the first sync, the offer to make it. */
export function PricingPage({ status, variants, nextCursor, facets, role, currencyCode, timeZone, loadedAt }: PricingPageData) {
  const fetcher = useFetcher<ActionProblem>();
  const navigate = useNavigate();
  const list = useListLocation(nextCursor);
  const running = status.currentSync ?? null;
  useRevalidateWhile(running !== null || status.reconciling, SYNC_POLL_MS);

  const startSync = () => fetcher.submit({ intent: 'sync' }, { method: 'post' });
  const reconcile = () => fetcher.submit({ intent: 'reconcile' }, { method: 'post' });
  const starting = fetcher.state !== 'idle';
  const maySync = may(role, 'admin');
  const problem = fetcher.state === 'idle' ? fetcher.data?.problem : undefined;
  const filtered = Object.keys(readFilters(list.params)).length > 0;
  const failed = status.lastSync?.state === 'failed' ? status.lastSync : null;
  const untold = untoldWords(status, timeZone, Date.parse(loadedAt));

  const changePrices = (selection: CatalogSelection) => {
    const selector = selection.everything ? selectorOfFilters(readFilters(list.params)) : selectorOfVariants(selection.variants);
    navigate('/app/rules/new', { state: { selector } });
  };

  if (status.variants === 0 && status.lastSyncedAt === null) {
    return (
      <Page title="Pricing">
        <BlockStack gap="400">
          {problem ? <ProblemBanner problem={problem} /> : null}
          <FirstSync running={running} failed={failed} maySync={maySync} starting={starting} onStart={startSync} />
        </BlockStack>
      </Page>
    );
  }

  if (status.variants === 0 && !running) {
    return (
      <Page title="Pricing" subtitle={freshness(status, timeZone)}>
        <BlockStack gap="400">
          {problem ? <ProblemBanner problem={problem} /> : null}
          {failed ? <FailedSync sync={failed} onRetry={startSync} maySync={maySync} starting={starting} /> : null}
          <Card>
            <EmptyState
              heading="Your store has no products yet"
              image="/illustrations/first-sync.svg"
              action={{ content: 'Add products in Shopify', url: 'shopify://admin/products/new' }}
              secondaryAction={maySync ? { content: 'Sync now', onAction: startSync, loading: starting } : undefined}
            >
              <Text as="p">Prices show here as soon as Shopify tells of a product, which takes a moment after it is added.</Text>
            </EmptyState>
          </Card>
        </BlockStack>
      </Page>
    );
  }

  return (
    <Page
      fullWidth
      title="Pricing"
      subtitle={freshness(status, timeZone)}
      primaryAction={may(role, 'editor') ? { content: 'Create rule', url: '/app/rules/new' } : undefined}
      secondaryActions={[
        ...(may(role, 'editor')
          ? [{ content: filtered ? 'Change prices of these' : 'Change all prices', onAction: () => changePrices({ everything: true }) }]
          : []),
        ...(maySync ? [
          { content: 'Look for changes in Shopify', onAction: reconcile, disabled: starting || running !== null || status.reconciling },
          { content: 'Sync now', onAction: startSync, loading: starting, disabled: running !== null },
        ] : []),
      ]}
    >
      <BlockStack gap="400">
        {problem ? <ProblemBanner problem={problem} /> : null}
        {failed && !running ? <FailedSync sync={failed} onRetry={startSync} maySync={maySync} starting={starting} /> : null}
        {running ? <RunningSync sync={running} /> : null}
        {untold ? (
          <Banner tone="info">
            <Text as="p">{untold}</Text>
          </Banner>
        ) : null}
        <Card padding="0">
          <CatalogFilterBar list={list} facets={facets} currencyCode={currencyCode} />
          <CatalogTable
            variants={variants}
            hasMore={nextCursor !== null || list.pagination.hasPrevious}
            list={list}
            onChangePrices={may(role, 'editor') ? changePrices : null}
          />
        </Card>
        <Inset>
          <Text as="p" tone="subdued" variant="bodySm" alignment="center">
            {formatQuantity(status.variants, 'variant', 'variants')} of {formatCount(status.products)} {status.products === 1 ? 'product' : 'products'}. Prices
            in {currencyCode}; times in {timeZone}.
          </Text>
        </Inset>
      </BlockStack>
    </Page>
  );
}
