import { BlockStack, Box, Card, Text } from '@shopify/polaris';
import type { BusState } from '@calibr/types';
import { formatCount } from '../format/count.ts';
import { formatDate, formatDateTime } from '../format/time.ts';
import { FactList } from '../parts/fact-list.tsx';

const NAMES: Readonly<Record<BusState['logs'][number]['log'], string>> = { events: 'Event log', audit_log: 'Audit' };

/** The two logs: how much they hold, how long it is kept, and what was archived. */
export function LogsCard({ logs, timeZone }: { logs: BusState['logs']; timeZone: string }) {
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          Logs
        </Text>
        {logs.map((log) => (
          <Box key={log.log} borderBlockStartWidth="025" borderColor="border" paddingBlockStart="300">
            <BlockStack gap="200">
              <Text as="h3" variant="headingSm">
                {NAMES[log.log]}
              </Text>
              <FactList
                facts={[
                  ['Entries', formatCount(log.entries)],
                  ['Kept', log.keepMonths == null ? 'for ever' : `${formatCount(log.keepMonths)} months, then archived`],
                  ['Begins at', log.droppedUpTo > 0 ? `entry ${formatCount(log.droppedUpTo + 1)}: what came before is archived` : 'its first entry'],
                  ['Room until', formatDate(log.madeUntil, timeZone)],
                  ...log.archives.map((piece) => [`${formatCount(piece.firstSeq)}–${formatCount(piece.lastSeq)}`, `${piece.location}, ${formatDateTime(piece.archivedAt, timeZone)}, SHA-256 ${piece.sha256.slice(0, 16)}…`] as const),
                ]}
              />
            </BlockStack>
          </Box>
        ))}
      </BlockStack>
    </Card>
  );
}
