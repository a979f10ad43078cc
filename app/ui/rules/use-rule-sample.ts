import { useEffect, useState } from 'react';
import type { Problem } from '../../domain/kernel/result.ts';
import { useDebounced } from '../parts/use-debounced.ts';
import type { RuleDraft } from './rule-draft.ts';
import type { RuleSample } from './sample-diff.tsx';

const PAUSE_MS = 500;
const UNREACHABLE: Problem = { kind: 'unavailable', code: 'unreachable', detail: 'The rule could not be tried just now. It is tried again with your next change.' };

/** Answer of /app/rules/sample. */
export type SampleAnswer = { readonly sample: RuleSample } | { readonly problem: Problem };

/**
 * Tries the rule on the catalog each time the merchant pauses; the last sample stays while the next is on its way.
 * A plain fetch and no fetcher of the router: trying a rule changes nothing that the page would have to load again.
 */
export function useRuleSample(draft: RuleDraft, valid: boolean): { sample: RuleSample | null; problem: Problem | null; loading: boolean } {
  const [answer, setAnswer] = useState<{ sample: RuleSample | null; problem: Problem | null }>({ sample: null, problem: null });
  const [loading, setLoading] = useState(false);
  // A name changes no price.
  const { name: _name, ...priced } = draft;
  const wanted = useDebounced(valid ? JSON.stringify(priced) : null, PAUSE_MS);

  useEffect(() => {
    if (wanted === null) return;
    const stop = new AbortController();
    setLoading(true);
    void trySample(wanted, stop.signal).then((next) => {
      if (stop.signal.aborted) return;
      setLoading(false);
      setAnswer((before) => ('sample' in next ? { sample: next.sample, problem: null } : { sample: before.sample, problem: next.problem }));
    });
    return () => stop.abort();
  }, [wanted]);

  return { ...answer, loading };
}

async function trySample(rule: string, signal: AbortSignal): Promise<SampleAnswer> {
  const form = new FormData();
  form.set('intent', 'sample');
  form.set('rule', rule);
  try {
    const response = await fetch('/app/rules/sample', { method: 'POST', body: form, signal });
    return response.ok ? ((await response.json()) as SampleAnswer) : { problem: UNREACHABLE };
  } catch {
    return { problem: UNREACHABLE };
  }
}
