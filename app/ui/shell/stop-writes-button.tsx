import { useFetcher } from '@remix-run/react';
import { BlockStack, Button, Text } from '@shopify/polaris';
import { useState } from 'react';
import { ConfirmModal } from '../parts/confirm-modal.tsx';
import { ProblemBanner } from '../parts/problem-banner.tsx';
import { useSuccessToast } from '../parts/success-toast.ts';
import { WRITES_PATH, type WritesAnswer } from './writes-form.ts';

/** Stops every write of the store, after one question. */
export function StopWritesButton() {
  const fetcher = useFetcher<WritesAnswer>();
  const [asking, setAsking] = useState(false);
  const busy = fetcher.state !== 'idle';
  const answer = busy ? undefined : fetcher.data;
  useSuccessToast(answer && 'done' in answer ? answer.done : null, answer);
  const stop = (reason: string) => {
    setAsking(false);
    fetcher.submit({ intent: 'stop', reason }, { method: 'post', action: WRITES_PATH });
  };
  return (
    <BlockStack gap="200" inlineAlign="start">
      {answer && 'problem' in answer ? <ProblemBanner problem={answer.problem} title="Writes were not stopped" /> : null}
      <Button tone="critical" onClick={() => setAsking(true)} loading={busy}>
        Stop all writes
      </Button>
      {asking ? (
        <ConfirmModal title="Stop all writes to your store?" confirm="Stop all writes" destructive commentLabel="Why (optional; everybody sees it)" loading={busy} onConfirm={stop} onClose={() => setAsking(false)}>
          <BlockStack gap="200">
            <Text as="p">Every price change that is being applied stops at once, and no scheduled one starts or ends. Prices that were written stay as they are.</Text>
            <Text as="p">Nothing is lost: everything goes on where it was when an administrator resumes writes.</Text>
          </BlockStack>
        </ConfirmModal>
      ) : null}
    </BlockStack>
  );
}
