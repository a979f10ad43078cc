import { Badge, BlockStack, InlineStack, Text } from '@shopify/polaris';
import type { PlannedRun } from '@calibr/types';
import { formatDateTime } from '../format/time.ts';
import { remarkWords, wallClockWords } from './schedule-words.ts';

/** The next windows, in the shop's time zone, and in the schedule's own where that is another. */
export function ScheduleRuns({ runs, timeZone, zone, title = 'Next runs' }: { runs: readonly PlannedRun[]; timeZone: string; zone: string; title?: string }) {
  if (runs.length === 0) return null;
  return (
    <BlockStack gap="100">
      <Text as="h3" variant="headingXs">
        {title}
      </Text>
      <ol style={{ margin: 0, paddingInlineStart: 'var(--p-space-500)' }}>
        {runs.map((run) => (
          <li key={run.startLocal}>
            <InlineStack gap="200" blockAlign="center">
              <Text as="span" tone={run.remarks.includes('skipped') ? 'subdued' : undefined}>
                {formatDateTime(run.startsAt, timeZone)}
                {run.endsAt ? ` – ${formatDateTime(run.endsAt, timeZone)}` : ''}
              </Text>
              {run.remarks.includes('skipped') ? <Badge>Skipped</Badge> : null}
            </InlineStack>
            {zone === timeZone ? null : (
              <Text as="p" tone="subdued" variant="bodySm">
                {wallClockWords(run.startLocal)}
                {run.endLocal ? ` – ${wallClockWords(run.endLocal)}` : ''} in {zone}
              </Text>
            )}
            {run.remarks.length ? (
              <Text as="p" tone="subdued" variant="bodySm">
                {remarkWords(run.remarks)}
              </Text>
            ) : null}
          </li>
        ))}
      </ol>
      <Text as="p" tone="subdued" variant="bodySm">
        Times are in {timeZone}, your shop’s time zone.
      </Text>
    </BlockStack>
  );
}
