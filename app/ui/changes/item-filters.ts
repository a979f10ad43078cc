import type { PriceChange, PriceChangeItemOutcome, PriceChangeItemState } from '@calibr/types';
import { ITEM_STATES } from '../../domain/pricing/lifecycle.ts';

export const ITEM_PAGE_SIZE = 50;
const OUTCOMES: readonly PriceChangeItemOutcome[] = ['planned', 'unchanged', 'blocked'];

export interface ItemFilters {
  readonly outcome?: PriceChangeItemOutcome;
  readonly state?: PriceChangeItemState;
  readonly reason?: string;
  readonly query?: string;
}

/** Filters of the rows as they stand in the address; what is none is left out. */
export function readItemFilters(params: URLSearchParams): ItemFilters {
  const outcome = OUTCOMES.find((known) => known === params.get('outcome'));
  const state = ITEM_STATES.find((known) => known === params.get('state'));
  const reason = params.get('reason')?.trim();
  const query = params.get('q')?.trim();
  return { ...(outcome ? { outcome } : {}), ...(state ? { state } : {}), ...(reason ? { reason } : {}), ...(query ? { query } : {}) };
}

/** Whether two addresses differ only in the row that is explained beside the list: then the page's data are the same. */
export function onlyExplains(before: URL, after: URL): boolean {
  const without = (url: URL): string => {
    const params = new URLSearchParams(url.search);
    params.delete('explain');
    params.sort();
    return `${url.pathname}?${params}`;
  };
  return before.searchParams.get('explain') !== after.searchParams.get('explain') && without(before) === without(after);
}

export interface ItemView {
  readonly id: string;
  readonly label: string;
  readonly count: number | null;
  readonly filters: { readonly outcome: string | null; readonly state: string | null };
}

/** Views over the rows: those of the plan, and of what became of it those that hold something. */
export function itemViews(change: PriceChange): ItemView[] {
  const { summary, progress } = change;
  const byOutcome = (outcome: PriceChangeItemOutcome, label: string): ItemView => ({ id: outcome, label, count: summary?.[outcome] ?? null, filters: { outcome, state: null } });
  const byState = (state: PriceChangeItemState, label: string): ItemView => ({ id: `state-${state}`, label, count: progress?.[state] ?? 0, filters: { outcome: null, state } });
  return [
    { id: 'all', label: 'All', count: summary?.selected ?? null, filters: { outcome: null, state: null } },
    byOutcome('planned', 'To change'),
    byOutcome('unchanged', 'Unchanged'),
    byOutcome('blocked', 'Blocked'),
    ...[byState('applied', 'Live'), byState('conflict', 'Conflicts'), byState('failed', 'Failed')].filter((view) => view.count),
  ];
}
