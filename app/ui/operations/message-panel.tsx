import { BlockStack, Box, Text } from '@shopify/polaris';
import type { OutboxMessageDetail } from '@calibr/types';
import { formatDateTimeSeconds } from '../format/time.ts';
import { FactList } from '../parts/fact-list.tsx';
import { SidePanel } from '../parts/side-panel.tsx';
import { useActorWords } from '../words/people.tsx';

/** A message with the event that it tells of, as it is in the log. */
export function MessagePanel({ detail: { message, event }, timeZone, onClose }: { detail: OutboxMessageDetail; timeZone: string; onClose: () => void }) {
  const actorWords = useActorWords();
  return (
    <SidePanel title={message.topic} onClose={onClose}>
      <BlockStack gap="400">
        <FactList
          facts={[
            ['State', message.state],
            ['Why', message.error],
            ['Attempts', message.attempts],
            ['Of', message.aggregate],
            ['Ended', message.finishedAt ? formatDateTimeSeconds(message.finishedAt, timeZone) : null],
            ['Message', message.id],
          ]}
        />
        <Text as="h3" variant="headingSm">
          Event
        </Text>
        {event ? (
          <BlockStack gap="300">
            <FactList
              facts={[
                ['Number', event.seq],
                ['When', formatDateTimeSeconds(event.createdAt, timeZone)],
                ['Who', actorWords(event.actor)],
                ['Trace id', event.correlationId],
                ['Event', event.id],
              ]}
            />
            <Box padding="300" background="bg-surface-secondary" borderRadius="200">
              <pre style={{ margin: 0, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', fontFamily: 'var(--p-font-family-mono)' }}>{JSON.stringify(event.payload, null, 2)}</pre>
            </Box>
          </BlockStack>
        ) : (
          <Text as="p" tone="critical">
            The log does not have this event: the message can never be told.
          </Text>
        )}
      </BlockStack>
    </SidePanel>
  );
}
