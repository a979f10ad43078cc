import { ChoiceList, IndexFilters, IndexFiltersMode, useSetIndexFiltersMode } from '@shopify/polaris';
import type { PriceChange } from '@calibr/types';
import { ITEM_STATES } from '../../domain/pricing/lifecycle.ts';
import { formatCount } from '../format/count.ts';
import type { ListLocation } from '../parts/list-location.ts';
import { useSettledText } from '../parts/use-debounced.ts';
import { ITEM_STATE_WORDS, reasonWords } from '../words/change-words.ts';
import { itemViews, readItemFilters } from './item-filters.ts';

/** Views by outcome, search, and filters by state and reason, over the rows of a change. */
export function ItemFilterBar({ change, list }: { change: PriceChange; list: ListLocation }) {
  const filters = readItemFilters(list.params);
  const { mode, setMode } = useSetIndexFiltersMode(filters.reason || filters.query ? IndexFiltersMode.Filtering : IndexFiltersMode.Default);
  const [query, setQuery] = useSettledText(filters.query ?? '', (q) => list.filterBy({ q: q.trim() }));
  const views = itemViews(change);
  const selected = Math.max(0, views.findIndex((view) => (view.filters.outcome ?? undefined) === filters.outcome && (view.filters.state ?? undefined) === filters.state));
  const reasons = Object.keys(change.summary?.byReason ?? {});
  const states = ITEM_STATES.filter((state) => (change.progress?.[state] ?? 0) > 0);
  const clear = { outcome: null, state: null, reason: null, q: null };

  return (
    <IndexFilters
      mode={mode}
      setMode={setMode}
      tabs={views.map((view, index) => ({ id: view.id, content: view.count === null ? view.label : `${view.label} (${formatCount(view.count)})`, index, isLocked: true }))}
      selected={selected}
      onSelect={(index) => list.filterBy({ ...clear, ...views[index]?.filters })}
      canCreateNewView={false}
      queryValue={query}
      queryPlaceholder="Search by title or SKU"
      onQueryChange={setQuery}
      onQueryClear={() => list.filterBy({ q: null })}
      onClearAll={() => list.filterBy(clear)}
      cancelAction={{ onAction: () => list.filterBy({ q: null, reason: null, state: null }) }}
      loading={list.loading}
      disableStickyMode
      filters={[
        {
          key: 'state',
          label: 'State',
          shortcut: true,
          filter: (
            <ChoiceList
              title="State"
              titleHidden
              choices={states.map((state) => ({ value: state, label: ITEM_STATE_WORDS[state].label }))}
              selected={filters.state ? [filters.state] : []}
              onChange={([state]) => list.filterBy({ state: state ?? null, outcome: null })}
            />
          ),
        },
        ...(reasons.length > 0
          ? [
              {
                key: 'reason',
                label: 'Reason',
                shortcut: true,
                filter: (
                  <ChoiceList
                    title="Reason"
                    titleHidden
                    choices={reasons.map((reason) => ({ value: reason, label: reasonWords(reason) }))}
                    selected={filters.reason ? [filters.reason] : []}
                    onChange={([reason]) => list.filterBy({ reason: reason ?? null })}
                  />
                ),
              },
            ]
          : []),
      ]}
      appliedFilters={[
        ...(filters.state ? [{ key: 'state', label: `State: ${ITEM_STATE_WORDS[filters.state].label}`, onRemove: () => list.filterBy({ state: null }) }] : []),
        ...(filters.reason ? [{ key: 'reason', label: reasonWords(filters.reason), onRemove: () => list.filterBy({ reason: null }) }] : []),
      ]}
    />
  );
}
