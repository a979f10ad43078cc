import { useFetcher } from '@remix-run/react';
import { Badge, BlockStack, Button, Card, InlineStack, Text } from '@shopify/polaris';
import type { WriteSwitch } from '@calibr/types';
import { formatDateTime } from '../format/time.ts';
import { ProblemBanner } from '../parts/problem-banner.tsx';
import { useSuccessToast } from '../parts/success-toast.ts';
import { StopWritesButton } from '../shell/stop-writes-button.tsx';
import { WRITES_PATH, WRITES_ROLES, type WritesAnswer } from '../shell/writes-form.ts';
import { useActorWords } from '../words/people.tsx';
import { may, type Role } from '../words/role-words.ts';

/** The switch that stops every write to the store. */
export function WritesCard({ writes, role, timeZone }: { writes: WriteSwitch; role: Role; timeZone: string }) {
  const actorWords = useActorWords();
  const fetcher = useFetcher<WritesAnswer>();
  const answer = fetcher.state === 'idle' ? fetcher.data : undefined;
  useSuccessToast(answer && 'done' in answer ? answer.done : null, answer);
  const stopped = writes.state === 'stopped';
  return (
    <Card>
      <BlockStack gap="300">
        <InlineStack gap="200" align="start" blockAlign="center">
          <Text as="h2" variant="headingMd">
            Writes to your store
          </Text>
          <Badge tone={stopped ? 'critical' : 'success'}>{stopped ? 'Stopped' : 'Allowed'}</Badge>
        </InlineStack>
        <Text as="p">
          One switch stops every running and scheduled write at once. Price changes keep their place and go on when writes are resumed. Approvers and administrators stop; administrators resume.
        </Text>
        {stopped && writes.by && writes.since ? (
          <Text as="p">
            Stopped by {actorWords(writes.by)}, {formatDateTime(writes.since, timeZone)}.{writes.reason ? ` “${writes.reason}”` : ''}
          </Text>
        ) : null}
        {answer && 'problem' in answer ? <ProblemBanner problem={answer.problem} title="Writes were not resumed" /> : null}
        {stopped && may(role, WRITES_ROLES.resume) ? (
          <InlineStack>
            <Button variant="primary" loading={fetcher.state !== 'idle'} onClick={() => fetcher.submit({ intent: 'resume' }, { method: 'post', action: WRITES_PATH })}>
              Resume writes
            </Button>
          </InlineStack>
        ) : null}
        {!stopped && may(role, WRITES_ROLES.stop) ? <StopWritesButton /> : null}
      </BlockStack>
    </Card>
  );
}
