import { useLocation, useNavigate, useNavigation, useSearchParams } from '@remix-run/react';
import { useCallback } from 'react';

/** Cursors of the pages before this one, kept with the history entry: an address stays short however far one pages. */
interface TrailState {
  readonly trail?: readonly string[];
}

export interface ListLocation {
  readonly params: URLSearchParams;
  /** Sets filters (null or '' removes one) and returns to the first page. */
  readonly filterBy: (changes: Readonly<Record<string, string | null>>) => void;
  /** Opens or closes something beside the list (null closes): the page stays, and the address can be shared. */
  readonly show: (name: string, value: string | null) => void;
  readonly pagination: {
    readonly hasNext: boolean;
    readonly hasPrevious: boolean;
    readonly onNext: () => void;
    readonly onPrevious: () => void;
  };
  /** True while another page or another filter of this list is being loaded. */
  readonly loading: boolean;
}

/**
 * State of a list that lives in the address: filters, sort and the cursor of the page.
 * `ours` are the names that belong to the list; everything else in the address (shop, host, …) stays as it is.
 */
export function useListLocation(nextCursor: string | null, cursorName = 'cursor'): ListLocation {
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const navigation = useNavigation();
  const location = useLocation();
  const trail = (location.state as TrailState | null)?.trail ?? [];
  const cursor = params.get(cursorName);

  const go = useCallback(
    (next: URLSearchParams, state: TrailState, replace = false) => {
      navigate({ search: next.size > 0 ? `?${next}` : '' }, { state, replace, preventScrollReset: true });
    },
    [navigate],
  );

  const filterBy = useCallback(
    (changes: Readonly<Record<string, string | null>>) => {
      const next = new URLSearchParams(params);
      next.delete(cursorName);
      for (const [name, value] of Object.entries(changes)) {
        if (value === null || value === '') next.delete(name);
        else next.set(name, value);
      }
      go(next, {}, true);
    },
    [params, cursorName, go],
  );

  const show = (name: string, value: string | null) => {
    const next = new URLSearchParams(params);
    if (value === null) next.delete(name);
    else next.set(name, value);
    // The browser's Back closes what was opened; closing it by its own button leaves nothing to go forward to.
    go(next, { trail }, value === null);
  };

  const onNext = () => {
    if (!nextCursor) return;
    const next = new URLSearchParams(params);
    next.set(cursorName, nextCursor);
    go(next, { trail: [...trail, cursor ?? ''] });
  };

  const onPrevious = () => {
    const next = new URLSearchParams(params);
    // Without a trail (the address was opened directly) the first page is the one that is surely there.
    const previous = trail.at(-1) ?? '';
    if (previous) next.set(cursorName, previous);
    else next.delete(cursorName);
    go(next, { trail: trail.slice(0, -1) });
  };

  return {
    params,
    filterBy,
    show,
    pagination: { hasNext: nextCursor !== null, hasPrevious: cursor !== null, onNext, onPrevious },
    loading: navigation.state === 'loading' && navigation.location.pathname === location.pathname,
  };
}
