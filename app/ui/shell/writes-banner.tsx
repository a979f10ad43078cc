import { useFetcher } from '@remix-run/react';
import { Banner, BlockStack, Box, Text } from '@shopify/polaris';
import { formatQuantity } from '../format/count.ts';
import { formatDateTime } from '../format/time.ts';
import { ProblemBanner } from '../parts/problem-banner.tsx';
import { useSuccessToast } from '../parts/success-toast.ts';
import { useActorWords } from '../words/people.tsx';
import { may } from '../words/role-words.ts';
import { useWrites } from './use-writes.ts';
import { WRITES_PATH, WRITES_ROLES, type WritesAnswer, type WritesNow } from './writes-form.ts';

/** On every page while all writes are stopped: since when, by whom and why, what waits, and how it goes on. */
export function WritesBanner({ loaded }: { loaded: WritesNow }) {
  const actorWords = useActorWords();
  const { writes, role, timeZone } = useWrites(loaded);
  const fetcher = useFetcher<WritesAnswer>();
  const answer = fetcher.state === 'idle' ? fetcher.data : undefined;
  useSuccessToast(answer && 'done' in answer ? answer.done : null, answer);
  if (writes.state !== 'stopped') return null;
  const waiting = writes.waiting.applying + writes.waiting.scheduled;
  const mayResume = may(role, WRITES_ROLES.resume);
  return (
    <Box padding="400" paddingBlockEnd="0">
      <Banner
        tone="critical"
        title="All writes to your store are stopped"
        action={
          mayResume
            ? { content: 'Resume writes', loading: fetcher.state !== 'idle', onAction: () => fetcher.submit({ intent: 'resume' }, { method: 'post', action: WRITES_PATH }) }
            : undefined
        }
      >
        <BlockStack gap="100">
          <Text as="p">
            {writes.by ? `Stopped by ${actorWords(writes.by)}` : 'Stopped'}
            {writes.since ? `, ${formatDateTime(writes.since, timeZone)}` : ''}.{writes.reason ? ` “${writes.reason}”` : ''}
          </Text>
          <Text as="p">
            No price is written, and no schedule starts or ends, until {mayResume ? 'you resume them' : 'an administrator resumes them'}.
            {waiting > 0 ? ` ${formatQuantity(waiting, 'price change waits', 'price changes wait')}; nothing is lost.` : ''}
            {writes.inFlight > 0 ? ` ${formatQuantity(writes.inFlight, 'price', 'prices')} had been sent before; Calibrate finds out what became of them.` : ''}
          </Text>
          {answer && 'problem' in answer ? <ProblemBanner problem={answer.problem} /> : null}
        </BlockStack>
      </Banner>
    </Box>
  );
}
