import { useFetcher } from '@remix-run/react';
import { SaveBar } from '@shopify/app-bridge-react';
import { Banner, BlockStack, Text } from '@shopify/polaris';
import type { Policies } from '@calibr/types';
import { useEffect, useMemo, useRef, useState } from 'react';
import { isCurrencyCode } from '../../domain/kernel/currency.ts';
import { formatDateTime } from '../format/time.ts';
import { Inset } from '../parts/inset.tsx';
import { ProblemBanner } from '../parts/problem-banner.tsx';
import { useSuccessToast } from '../parts/success-toast.ts';
import { useUnsavedGuard } from '../rules/use-unsaved-guard.ts';
import { useActorWords } from '../words/people.tsx';
import { ApprovalsCard } from './policies-approvals.tsx';
import { draftOf, errorsOfDraft, inputOf } from './policies-draft.ts';
import type { PolicyDraft } from './policies-draft.ts';
import { GuardrailsCard } from './policies-guardrails.tsx';
import type { SettingsAnswer } from './settings-page.tsx';

/** Guardrails and approvals of the shop, saved together as one version. */
export function PoliciesSection({ policies, currencyCode, timeZone, mayEdit }: { policies: Policies; currencyCode: string; timeZone: string; mayEdit: boolean }) {
  const actorWords = useActorWords();
  const fetcher = useFetcher<SettingsAnswer>();
  const stored = useMemo(() => draftOf(policies, timeZone), [policies, timeZone]);
  const [draft, setDraft] = useState(stored);
  const [edited, setEdited] = useState(false);
  const saved = useRef(false);
  const submitting = fetcher.state !== 'idle';
  const answer = submitting ? undefined : fetcher.data;
  const problem = answer && 'problem' in answer ? answer.problem : null;
  useSuccessToast(answer && 'done' in answer ? answer.done : null, answer);
  const dirty = mayEdit && JSON.stringify(draft) !== JSON.stringify(stored);
  useUnsavedGuard(dirty && !submitting, saved);
  // What was saved, here or elsewhere, is what the form goes on from.
  useEffect(() => {
    setDraft(stored);
    setEdited(false);
  }, [stored]);

  const errors = useMemo(() => (isCurrencyCode(currencyCode) ? errorsOfDraft(draft, currencyCode) : []), [draft, currencyCode]);
  const error = (pointer: string): string | undefined => (edited ? errors.find((one) => one.pointer === pointer)?.message : undefined);
  const change = (next: PolicyDraft) => {
    setDraft(next);
    setEdited(true);
  };
  const save = () => {
    setEdited(true);
    if (errors.length > 0) {
      document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
      return;
    }
    fetcher.submit({ intent: 'savePolicies', policies: JSON.stringify({ ...inputOf(draft).input, version: policies.version }) }, { method: 'post' });
  };
  const fields = { draft, onDraft: change, error, readOnly: !mayEdit, currencyCode };

  return (
    <>
      <SaveBar id="policies-save-bar" open={dirty}>
        <button type="button" {...{ variant: 'primary' }} onClick={save} disabled={submitting}>
          Save
        </button>
        <button type="button" onClick={() => setDraft(stored)} disabled={submitting}>
          Discard
        </button>
      </SaveBar>
      <BlockStack gap="400">
        {problem ? <ProblemBanner problem={problem} title="The policies were not saved" /> : null}
        {dirty && policies.version !== null ? (
          <Banner tone="info">
            <Text as="p">Saving makes a new version: plans that wait for approval are previewed again, and changes that were approved but not started lose their approval.</Text>
          </Banner>
        ) : null}
        <GuardrailsCard {...fields} />
        <ApprovalsCard {...fields} configuredHours={policies.planMaxAgeHours} />
        <Inset>
          <Text as="p" tone="subdued" variant="bodySm">
            {policies.version === null || policies.updatedAt === null
              ? 'Nothing was set yet: no guardrails, and one approver. Prices that fall to a fifth or less, or rise fivefold or more, are pointed out all the same.'
              : `Policies version ${policies.version}, saved by ${actorWords(policies.updatedBy ?? '')}, ${formatDateTime(policies.updatedAt, timeZone)}.`}
            {mayEdit ? '' : ' Administrators change them.'}
          </Text>
        </Inset>
      </BlockStack>
    </>
  );
}
