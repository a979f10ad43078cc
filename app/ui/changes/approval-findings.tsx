import { Banner, BlockStack, Checkbox, List, Text } from '@shopify/polaris';
import type { PlanFinding, PriceChange } from '@calibr/types';
import { useState } from 'react';
import { formatQuantity } from '../format/count.ts';
import { ConfirmModal } from '../parts/confirm-modal.tsx';
import { scheduleWords } from '../rules/schedule-words.ts';
import { lossWords } from './approval-words.ts';

const NONE: readonly PlanFinding[] = [];

/** What the guardrails say about the whole plan: first what keeps it from being approved. */
export function FindingsBanner({ change }: { change: PriceChange }) {
  const findings = change.summary?.findings ?? NONE;
  const loss = lossWords(change);
  if (change.state !== 'previewed' && change.state !== 'approved' && change.state !== 'scheduled') return null;
  if (findings.length === 0) {
    return loss ? (
      <Banner tone="warning" title="Look twice">
        <Text as="p">{loss}</Text>
      </Banner>
    ) : null;
  }
  const blocks = findings.some(({ severity }) => severity === 'block');
  const second = findings.some(({ severity }) => severity === 'secondApprover');
  return (
    <Banner tone={blocks ? 'critical' : 'warning'} title={blocks ? 'A guardrail holds this plan' : second ? 'A guardrail asks for two people' : 'Look twice'}>
      <FindingList findings={findings} loss={loss} />
    </Banner>
  );
}

function FindingList({ findings, loss }: { findings: readonly PlanFinding[]; loss: string | null }) {
  const [only] = findings;
  if (findings.length === 1 && only && !loss) return <Text as="p">{only.message}</Text>;
  return (
    <List>
      {findings.map((finding) => (
        <List.Item key={finding.code}>{finding.message}</List.Item>
      ))}
      {loss ? <List.Item>{loss}</List.Item> : null}
    </List>
  );
}

/** The question before an approval. Where something looks like a slip, it is asked for in so many words. */
export function ApproveConfirmation({ change, ...modal }: { change: PriceChange; loading: boolean; onConfirm: (comment: string) => void; onClose: () => void }) {
  const findings = change.summary?.findings ?? NONE;
  const loss = lossWords(change);
  const extreme = findings.some(({ code }) => code === 'extreme_change');
  const [meant, setMeant] = useState(false);
  const [missing, setMissing] = useState(false);
  const prices = formatQuantity(change.summary?.planned ?? 0, 'price', 'prices');
  const { approvals } = change;
  const confirm = (comment: string): void => {
    if (extreme && !meant) setMissing(true);
    else modal.onConfirm(comment);
  };
  return (
    <ConfirmModal {...modal} onConfirm={confirm} title="Approve this plan?" confirm="Approve this plan" commentLabel="Comment (optional)">
      <BlockStack gap="200">
        <Text as="p">
          You approve exactly these {prices}, plan <code>{change.planHash?.slice(0, 12)}</code>. If the plan is made again, it needs approval again.
        </Text>
        {findings.length > 0 || loss ? (
          <Banner tone="warning">
            <FindingList findings={findings} loss={loss} />
          </Banner>
        ) : null}
        {extreme ? (
          <Checkbox
            label="I looked at these prices, and they are meant"
            checked={meant}
            onChange={(checked) => {
              setMeant(checked);
              setMissing(false);
            }}
            error={missing ? 'Look at the prices first, then say so here.' : undefined}
          />
        ) : null}
        <Text as="p">
          {approvals && approvals.required - approvals.given.length > 1
            ? 'One more person must approve it after you. Nothing is written yet.'
            : change.schedule
              ? `It then starts by itself, at once where its start has passed. ${scheduleWords(change.schedule)}.`
              : 'Nothing is written yet: the approved plan is applied as a separate step.'}
        </Text>
      </BlockStack>
    </ConfirmModal>
  );
}
