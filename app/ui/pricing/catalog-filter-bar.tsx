import { BlockStack, ChoiceList, IndexFilters, IndexFiltersMode, TextField, useSetIndexFiltersMode, type AppliedFilterInterface } from '@shopify/polaris';
import type { ListLocation } from '../parts/list-location.ts';
import { useSettledText } from '../parts/use-debounced.ts';
import { FacetFilter } from './facet-filter.tsx';
import { FILTER_NAMES, readFilters, readSort, selectedView, VIEWS, type CatalogFilters, type FilterName } from './catalog-filters.ts';

export interface CatalogFacets {
  readonly vendors: readonly string[];
  readonly productTypes: readonly string[];
  readonly tags: readonly string[];
  readonly collections: readonly string[];
  readonly statuses: readonly string[];
  readonly optionNames: readonly string[];
}

const LABELS: Readonly<Record<FilterName, string>> = {
  q: 'Search',
  vendor: 'Vendor',
  type: 'Product type',
  tag: 'Tag',
  collection: 'Collection',
  status: 'Status',
  min: 'Price from',
  max: 'Price to',
  cost: 'Unit cost',
  sale: 'Compare-at price',
};

const SORT_OPTIONS = [
  { label: 'Title', value: 'title asc', directionLabel: 'A–Z' },
  { label: 'Title', value: 'title desc', directionLabel: 'Z–A' },
  { label: 'Price', value: 'price asc', directionLabel: 'Lowest first' },
  { label: 'Price', value: 'price desc', directionLabel: 'Highest first' },
  { label: 'SKU', value: 'sku asc', directionLabel: 'A–Z' },
  { label: 'SKU', value: 'sku desc', directionLabel: 'Z–A' },
  { label: 'Inventory', value: 'inventory asc', directionLabel: 'Lowest first' },
  { label: 'Inventory', value: 'inventory desc', directionLabel: 'Highest first' },
  { label: 'Updated', value: 'updatedAt asc', directionLabel: 'Oldest first' },
  { label: 'Updated', value: 'updatedAt desc', directionLabel: 'Newest first' },
] as const;

const NO_FILTERS = Object.fromEntries(FILTER_NAMES.map((name) => [name, null])) as Record<FilterName, null>;

/** Views, search, filters and sort of the Pricing screen; all of it lives in the address. */
export function CatalogFilterBar({ list, facets, currencyCode }: { list: ListLocation; facets: CatalogFacets; currencyCode: string }) {
  const filters = readFilters(list.params);
  const { sort, direction } = readSort(list.params);
  const { mode, setMode } = useSetIndexFiltersMode(Object.keys(filters).length > 0 ? IndexFiltersMode.Filtering : IndexFiltersMode.Default);
  const [query, setQuery] = useSettledText(filters.q ?? '', (q) => list.filterBy({ q: q.trim() }));
  const [min, setMin] = useSettledText(filters.min ?? '', (text) => list.filterBy({ min: text.trim() }));
  const [max, setMax] = useSettledText(filters.max ?? '', (text) => list.filterBy({ max: text.trim() }));
  const facet = (name: FilterName, values: readonly string[]) => ({
    key: name,
    label: LABELS[name],
    filter: <FacetFilter label={LABELS[name]} values={values} selected={filters[name]} onSelect={(value) => list.filterBy({ [name]: value })} />,
  });

  return (
    <IndexFilters
      mode={mode}
      setMode={setMode}
      tabs={VIEWS.map((view, index) => ({ id: view.id, content: view.label, index, isLocked: true }))}
      selected={selectedView(filters)}
      onSelect={(index) => list.filterBy({ ...NO_FILTERS, ...VIEWS[index]?.filters })}
      canCreateNewView={false}
      sortOptions={[...SORT_OPTIONS]}
      sortSelected={[`${sort} ${direction}`]}
      onSort={([value]) => list.filterBy({ sort: value ?? null })}
      queryValue={query}
      queryPlaceholder="Search by title, SKU or vendor"
      onQueryChange={setQuery}
      onQueryClear={() => list.filterBy({ q: null })}
      onClearAll={() => list.filterBy(NO_FILTERS)}
      cancelAction={{ onAction: () => list.filterBy(NO_FILTERS) }}
      loading={list.loading}
      disableStickyMode
      filters={[
        { ...facet('vendor', facets.vendors), shortcut: true },
        facet('type', facets.productTypes),
        facet('tag', facets.tags),
        facet('collection', facets.collections),
        { ...facet('status', facets.statuses.map((status) => status.toLowerCase())), shortcut: true },
        {
          key: 'price',
          label: 'Price',
          filter: (
            <BlockStack gap="200">
              <TextField label={`At least (${currencyCode})`} value={min} onChange={setMin} inputMode="decimal" autoComplete="off" />
              <TextField label={`At most (${currencyCode})`} value={max} onChange={setMax} inputMode="decimal" autoComplete="off" />
            </BlockStack>
          ),
        },
        flag('cost', 'Unit cost', 'Missing', 'missing', filters, list),
        flag('sale', 'Compare-at price', 'Set (on sale)', 'yes', filters, list),
      ]}
      appliedFilters={appliedFilters(filters, currencyCode, list)}
    />
  );
}

function flag(name: FilterName, label: string, choice: string, value: string, filters: CatalogFilters, list: ListLocation) {
  return {
    key: name,
    label,
    filter: (
      <ChoiceList
        title={label}
        titleHidden
        allowMultiple
        choices={[{ label: choice, value }]}
        selected={filters[name] ? [value] : []}
        onChange={(selected) => list.filterBy({ [name]: selected.length > 0 ? value : null })}
      />
    ),
  };
}

function appliedFilters(filters: CatalogFilters, currencyCode: string, list: ListLocation): AppliedFilterInterface[] {
  const applied: AppliedFilterInterface[] = [];
  for (const name of FILTER_NAMES) {
    const value = filters[name];
    if (!value || name === 'q' || name === 'min' || name === 'max') continue;
    const shown = name === 'cost' ? 'missing' : name === 'sale' ? 'set' : value;
    applied.push({ key: name, label: `${LABELS[name]}: ${shown}`, onRemove: () => list.filterBy({ [name]: null }) });
  }
  const { min, max } = filters;
  if (min || max) {
    const range = min && max ? `${min}–${max}` : min ? `from ${min}` : `up to ${max}`;
    applied.push({ key: 'price', label: `Price ${range} ${currencyCode}`, onRemove: () => list.filterBy({ min: null, max: null }) });
  }
  return applied;
}
