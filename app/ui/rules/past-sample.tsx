import { BlockStack, Button, Card, FormLayout, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import type { Problem } from '../../domain/kernel/result.ts';
import { resolveWallClock } from '../../domain/schedules/wall-clock.ts';
import { formatQuantity } from '../format/count.ts';
import { formatDateTime, localTimes } from '../format/time.ts';
import { ProblemBanner } from '../parts/problem-banner.tsx';
import type { RuleDraft } from './rule-draft.ts';
import { SampleBody } from './sample-diff.tsx';
import type { RuleSample } from './sample-diff.tsx';

/** A rule tried on the prices of a day of the past. */
export interface PastRuleSample extends RuleSample {
  readonly at: string;
  readonly knownSince: string;
  readonly variantsWithoutPrice: number;
}

/** Answer of /app/rules/sample with a time. */
export type PastSampleAnswer = { readonly past: PastRuleSample } | { readonly problem: Problem };

const UNREACHABLE: Problem = { kind: 'unavailable', code: 'unreachable', detail: 'The rule could not be tried just now. Try again in a moment.' };

/** Tries the rule as it stands in the editor on the prices of a past day, at noon in the shop's zone. */
export function PastSample({ draft, ready, timeZone }: { draft: RuleDraft; ready: boolean; timeZone: string }) {
  const [day, setDay] = useState('');
  const [running, setRunning] = useState(false);
  const [answer, setAnswer] = useState<PastSampleAnswer | null>(null);
  const at = resolveWallClock(`${day}T12:00`, timeZone);

  const start = async () => {
    if (at === null) return;
    setRunning(true);
    setAnswer(await tryOn(draft, new Date(at).toISOString()));
    setRunning(false);
  };

  return (
    <Card>
      <BlockStack gap="400">
        <Text as="h2" variant="headingMd">
          Try on a past day
        </Text>
        <FormLayout>
          <TextField
            label="Day"
            type="date"
            value={day}
            onChange={setDay}
            helpText={`Prices and compare-at prices as they were at 12:00 (${timeZone}). Costs, tags and everything else are as of today.`}
            autoComplete="off"
          />
          <Button onClick={start} loading={running} disabled={!ready || at === null}>
            Try
          </Button>
        </FormLayout>
        {answer && 'problem' in answer ? <ProblemBanner problem={{ ...answer.problem, detail: localTimes(answer.problem.detail, timeZone) }} title="The rule was not tried" hideErrors /> : null}
        {answer && 'past' in answer ? (
          <>
            <Text as="p">
              With the prices of {formatDateTime(answer.past.at, timeZone)}.
              {answer.past.variantsWithoutPrice > 0
                ? ` ${formatQuantity(answer.past.variantsWithoutPrice, 'variant', 'variants')} of today had no known price then; prices are recorded since ${formatDateTime(answer.past.knownSince, timeZone)}.`
                : ''}
            </Text>
            <SampleBody sample={answer.past} />
          </>
        ) : null}
      </BlockStack>
    </Card>
  );
}

async function tryOn(draft: RuleDraft, at: string): Promise<PastSampleAnswer> {
  const form = new FormData();
  form.set('intent', 'sample');
  form.set('rule', JSON.stringify(draft));
  form.set('at', at);
  try {
    const response = await fetch('/app/rules/sample', { method: 'POST', body: form });
    return response.ok ? ((await response.json()) as PastSampleAnswer) : { problem: UNREACHABLE };
  } catch {
    return { problem: UNREACHABLE };
  }
}
