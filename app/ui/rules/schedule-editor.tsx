import { BlockStack, Card, Text } from '@shopify/polaris';
import { isObject } from '../../domain/rules/findings.ts';
import { useDraft } from './draft-context.tsx';
import { LintNotes } from './lint-notes.tsx';
import { ScheduleFields } from './schedule-fields.tsx';

/** The schedule of the rule that is being written; a price change may be given another. */
export function ScheduleEditor({ timeZone }: { timeZone: string }) {
  const { read, write, error, readOnly } = useDraft();
  const schedule = read(['schedule']);
  return (
    <Card>
      <BlockStack gap="400">
        <Text as="h2" variant="headingMd">
          Schedule
        </Text>
        <ScheduleFields
          schedule={isObject(schedule) ? schedule : null}
          onChange={(next) => write(['schedule'], next ?? undefined)}
          error={(pointer) => error(['schedule', ...pointer.split('/').filter(Boolean)])}
          timeZone={timeZone}
          disabled={readOnly}
        />
        <LintNotes path={['schedule']} within />
      </BlockStack>
    </Card>
  );
}
