import { useFetcher } from '@remix-run/react';
import { Badge, Banner, BlockStack, Button, Card, InlineStack, List, Text, TextField } from '@shopify/polaris';
import type { PriceChange, PriceChangeDecision } from '@calibr/types';
import { useEffect, useRef, useState } from 'react';
import { NOT_AUTOMATIC } from '../../domain/policies/approvals.ts';
import type { Problem } from '../../domain/kernel/result.ts';
import { formatDateTime } from '../format/time.ts';
import { ProblemBanner } from '../parts/problem-banner.tsx';
import { useActorWords } from '../words/people.tsx';
import { may, type Role } from '../words/role-words.ts';
import { approvalStanding, DECISION_WORDS, roleLabel } from './approval-words.ts';

/** What /app/changes/:id/decisions answers. */
export type DecisionsAnswer = { readonly decisions: readonly PriceChangeDecision[] } | { readonly problem: Problem };

/** Who approved this plan and who still must, and what people said about it. */
export function ApprovalCard({ change, role, timeZone }: { change: PriceChange; role: Role; timeZone: string }) {
  const actorWords = useActorWords();
  const { approvals } = change;
  const address = `/app/changes/${change.id}/decisions`;
  const list = useFetcher<DecisionsAnswer>();
  const posting = useFetcher<DecisionsAnswer>();
  const [comment, setComment] = useState('');
  const asked = useRef('');
  // The change moves with every approval and comment.
  useEffect(() => {
    if (asked.current === change.updatedAt) return;
    asked.current = change.updatedAt;
    list.load(address);
  }, [change.updatedAt, address, list]);
  const posted = posting.state === 'idle' ? posting.data : undefined;
  useEffect(() => {
    if (posted && 'decisions' in posted) setComment('');
  }, [posted]);

  if (!approvals) return null;
  const newest = posted && 'decisions' in posted ? posted : list.data;
  const decisions = newest && 'decisions' in newest ? newest.decisions : [];
  const standing = approvalStanding(change, actorWords);
  return (
    <Card>
      <BlockStack gap="300">
        <InlineStack align="space-between" blockAlign="center" gap="200">
          <Text as="h2" variant="headingSm">
            Approval
          </Text>
          <Badge tone={standing.tone}>{standing.label}</Badge>
        </InlineStack>
        {approvals.voided ? (
          <Banner tone="warning" title="An earlier approval no longer counts">
            <Text as="p">{approvals.voided.reason}</Text>
          </Banner>
        ) : null}
        <Text as="p">{standing.text}</Text>
        {change.state === 'previewed' && change.note?.startsWith(NOT_AUTOMATIC) ? (
          <Text as="p" tone="subdued">
            {change.note}
          </Text>
        ) : null}
        {approvals.expiresAt && change.state === 'previewed' ? (
          <Text as="p" tone="subdued" variant="bodySm">
            This plan can be approved until {formatDateTime(approvals.expiresAt, timeZone)}; after that it is previewed again.
          </Text>
        ) : null}
        {decisions.length > 0 ? (
          <List type="bullet">
            {decisions.map((one) => (
              <List.Item key={one.id}>
                <Text as="span" fontWeight="medium">
                  {one.decision === 'void' ? DECISION_WORDS.void : `${actorWords(one.actor)} ${DECISION_WORDS[one.decision]}`}
                </Text>{' '}
                <Text as="span" tone="subdued">
                  {one.decision === 'approve' || one.decision === 'reject' ? `${roleLabel(one.role)}, ` : ''}
                  {formatDateTime(one.createdAt, timeZone)}
                </Text>
                {one.comment ? <Text as="p">{one.comment}</Text> : null}
              </List.Item>
            ))}
          </List>
        ) : null}
        {posted && 'problem' in posted ? <ProblemBanner problem={posted.problem} title="The comment was not saved" /> : null}
        {may(role, 'editor') ? (
          <BlockStack gap="200">
            <TextField label="Comment" value={comment} onChange={setComment} multiline={2} maxLength={2_000} autoComplete="off" />
            <InlineStack>
              <Button onClick={() => posting.submit({ comment }, { method: 'post', action: address })} loading={posting.state !== 'idle'} disabled={comment.trim() === ''}>
                Add comment
              </Button>
            </InlineStack>
          </BlockStack>
        ) : null}
      </BlockStack>
    </Card>
  );
}
