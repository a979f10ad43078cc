import { Badge, BlockStack, EmptySearchResult, IndexTable, InlineStack, Link, Text, useBreakpoints, useIndexResourceState, type IndexTableProps } from '@shopify/polaris';
import type { Variant } from '@calibr/types';
import { useEffect, type ReactNode } from 'react';
import { formatCount } from '../format/count.ts';
import { formatMargin } from '../format/money.ts';
import type { ListLocation } from '../parts/list-location.ts';
import { MoneyText } from '../parts/price-texts.tsx';
import { readSort, type SortKey } from './catalog-filters.ts';

const HEADINGS: IndexTableProps['headings'] = [
  { title: 'Product' },
  { title: 'Variant' },
  { title: 'SKU' },
  { title: 'Price', alignment: 'end' },
  { title: 'Compare-at', alignment: 'end' },
  { title: 'Cost', alignment: 'end' },
  { title: 'Margin', alignment: 'end' },
  { title: 'Inventory', alignment: 'end' },
  { title: 'Status' },
];
/** Which column sorts by what; the others do not sort. */
const SORT_COLUMNS: Readonly<Record<number, SortKey>> = { 0: 'title', 2: 'sku', 3: 'price', 7: 'inventory' };

/** Chosen rows, or everything that the filters show. */
export type CatalogSelection = { readonly everything: true } | { readonly everything: false; readonly variants: readonly Variant[] };

export function CatalogTable({
  variants,
  hasMore,
  list,
  onChangePrices,
}: {
  variants: readonly Variant[];
  hasMore: boolean;
  list: ListLocation;
  onChangePrices: ((selection: CatalogSelection) => void) | null;
}) {
  const condensed = useBreakpoints().smDown;
  const rows = variants as unknown as (Variant & Record<string, unknown>)[];
  const { selectedResources, allResourcesSelected, handleSelectionChange, clearSelection } = useIndexResourceState(rows);
  const page = `${list.params}`;
  // A selection belongs to the page it was made on.
  useEffect(() => clearSelection(), [page]);

  const { sort, direction } = readSort(list.params);
  const sortColumn = Object.entries(SORT_COLUMNS).find(([, key]) => key === sort)?.[0];

  return (
    <IndexTable
      condensed={condensed}
      resourceName={{ singular: 'variant', plural: 'variants' }}
      itemCount={variants.length}
      hasMoreItems={hasMore}
      selectable={onChangePrices !== null}
      selectedItemsCount={allResourcesSelected ? 'All' : selectedResources.length}
      onSelectionChange={handleSelectionChange}
      promotedBulkActions={
        onChangePrices
          ? [
              {
                content: 'Change prices',
                onAction: () =>
                  onChangePrices(
                    allResourcesSelected
                      ? { everything: true }
                      : { everything: false, variants: variants.filter((variant) => selectedResources.includes(variant.id)) },
                  ),
              },
            ]
          : undefined
      }
      headings={HEADINGS}
      sortable={HEADINGS.map((_, index) => index in SORT_COLUMNS)}
      sortColumnIndex={sortColumn === undefined ? undefined : Number(sortColumn)}
      sortDirection={direction === 'desc' ? 'descending' : 'ascending'}
      defaultSortDirection="ascending"
      onSort={(column, next) => list.filterBy({ sort: `${SORT_COLUMNS[column]} ${next === 'descending' ? 'desc' : 'asc'}` })}
      loading={list.loading}
      pagination={list.pagination}
      emptyState={<EmptySearchResult title="No variants match" description="Try other words or take a filter away." withIllustration />}
    >
      {variants.map((variant, index) => (
        <IndexTable.Row key={variant.id} id={variant.id} position={index} selected={selectedResources.includes(variant.id)}>
          {condensed ? <CondensedCells variant={variant} /> : <Cells variant={variant} />}
        </IndexTable.Row>
      ))}
    </IndexTable>
  );
}

function variantTitle(variant: Variant): string {
  return variant.title === 'Default Title' ? '' : variant.title;
}

function VariantLink({ variant }: { variant: Variant }) {
  const own = variantTitle(variant);
  return (
    <Link dataPrimaryLink monochrome removeUnderline url={`/app/pricing/${variant.id}`} accessibilityLabel={`Price history of ${variant.product.title}${own ? `, ${own}` : ''}`}>
      <Text as="span" fontWeight="semibold" truncate>
        {variant.product.title}
      </Text>
    </Link>
  );
}

function Cells({ variant }: { variant: Variant }) {
  return (
    <>
      <IndexTable.Cell>
        <div style={{ maxWidth: '18rem' }}>
          <VariantLink variant={variant} />
        </div>
      </IndexTable.Cell>
      <IndexTable.Cell>{variantTitle(variant) || <Text as="span" tone="subdued">–</Text>}</IndexTable.Cell>
      <IndexTable.Cell>{variant.sku || <Text as="span" tone="subdued">No SKU</Text>}</IndexTable.Cell>
      <IndexTable.Cell><EndCell><MoneyText money={variant.price} /></EndCell></IndexTable.Cell>
      <IndexTable.Cell><EndCell><MoneyText money={variant.compareAtPrice} /></EndCell></IndexTable.Cell>
      <IndexTable.Cell><EndCell><MoneyText money={variant.cost} missing="Missing" /></EndCell></IndexTable.Cell>
      <IndexTable.Cell><EndCell>{variant.marginPercent === null ? <Text as="span" tone="subdued">–</Text> : formatMargin(variant.marginPercent)}</EndCell></IndexTable.Cell>
      <IndexTable.Cell><EndCell>{variant.inventoryQuantity === null ? <Text as="span" tone="subdued">Not tracked</Text> : formatCount(variant.inventoryQuantity)}</EndCell></IndexTable.Cell>
      <IndexTable.Cell><StatusBadge status={variant.product.status} /></IndexTable.Cell>
    </>
  );
}

function EndCell({ children }: { children: ReactNode }) {
  return (
    <Text as="span" alignment="end" numeric>
      <span style={{ display: 'block' }}>{children}</span>
    </Text>
  );
}

function CondensedCells({ variant }: { variant: Variant }) {
  return (
    <div style={{ padding: 'var(--p-space-300) var(--p-space-400)', width: '100%' }}>
      <BlockStack gap="100">
        <InlineStack align="space-between" gap="200" wrap={false} blockAlign="start">
          <div style={{ minWidth: 0 }}>
            <VariantLink variant={variant} />
          </div>
          <MoneyText money={variant.price} />
        </InlineStack>
        <InlineStack align="space-between" gap="200" wrap={false} blockAlign="center">
          <Text as="span" variant="bodySm" tone="subdued">
            {[variantTitle(variant), variant.sku || 'No SKU', variant.marginPercent === null ? 'No cost' : `Margin ${formatMargin(variant.marginPercent)}`].filter(Boolean).join(' · ')}
          </Text>
          <StatusBadge status={variant.product.status} />
        </InlineStack>
      </BlockStack>
    </div>
  );
}

const STATUSES: Readonly<Record<string, { label: string; tone?: 'success' | 'info' }>> = {
  active: { label: 'Active', tone: 'success' },
  draft: { label: 'Draft', tone: 'info' },
  archived: { label: 'Archived' },
  unlisted: { label: 'Unlisted' },
};

function StatusBadge({ status }: { status: string }) {
  const words = STATUSES[status.toLowerCase()] ?? { label: status };
  return <Badge tone={words.tone}>{words.label}</Badge>;
}
