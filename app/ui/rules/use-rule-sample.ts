import { useFetcher } from '@remix-run/react';
import { useEffect, useRef, useState } from 'react';
import type { Problem } from '../../domain/kernel/result.ts';
import { useDebounced } from '../parts/use-debounced.ts';
import type { RuleDraft } from './rule-draft.ts';
import type { RuleSample } from './sample-diff.tsx';

const PAUSE_MS = 500;
/** Answer of /app/rules/sample. */
export type SampleAnswer = { readonly sample: RuleSample } | { readonly problem: Problem };

/** Tries the rule on the catalog each time the merchant pauses; the last sample stays while the next is on its way. */
export function useRuleSample(draft: RuleDraft, valid: boolean): { sample: RuleSample | null; problem: Problem | null; loading: boolean } {
  const fetcher = useFetcher<SampleAnswer>();
  const [sample, setSample] = useState<RuleSample | null>(null);
  // A name changes no price.
  const { name: _name, ...priced } = draft;
  const wanted = useDebounced(valid ? JSON.stringify(priced) : null, PAUSE_MS);
  const asked = useRef<string | null>(null);
  const { submit } = fetcher;

  useEffect(() => {
    if (wanted === null || wanted === asked.current) return;
    asked.current = wanted;
    submit({ intent: 'sample', rule: wanted }, { method: 'post', action: '/app/rules/sample' });
  }, [wanted, submit]);

  const answer = fetcher.data;
  useEffect(() => {
    if (answer && 'sample' in answer) setSample(answer.sample);
  }, [answer]);

  return { sample, problem: answer && 'problem' in answer ? answer.problem : null, loading: fetcher.state !== 'idle' };
}
