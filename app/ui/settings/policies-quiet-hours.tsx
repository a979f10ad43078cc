import { BlockStack, Box, Button, Checkbox, InlineGrid, InlineStack, Text, TextField } from '@shopify/polaris';
import { DeleteIcon, PlusIcon } from '@shopify/polaris-icons';
import { WEEK_DAYS } from '../../domain/policies/policy.ts';
import type { WeekDay } from '../../domain/policies/policy.ts';
import { NEW_WINDOW } from './policies-draft.ts';
import type { WindowDraft } from './policies-draft.ts';
import type { PolicyFieldsProps } from './policies-guardrails.tsx';

const DAY_LABELS: Readonly<Record<WeekDay, string>> = { mon: 'Mon', tue: 'Tue', wed: 'Wed', thu: 'Thu', fri: 'Fri', sat: 'Sat', sun: 'Sun' };
const AT = '/guardrails/quietHours';

/** Hours in which nothing starts to write, by the clock of a time zone. */
export function QuietHoursFields({ draft, onDraft, error, readOnly }: PolicyFieldsProps) {
  const { quiet } = draft;
  const write = (next: Partial<typeof quiet>) => onDraft({ ...draft, quiet: { ...quiet, ...next } });
  const writeWindow = (index: number, next: Partial<WindowDraft>) => write({ windows: quiet.windows.map((window, i) => (i === index ? { ...window, ...next } : window)) });
  return (
    <Box borderBlockStartWidth="025" borderColor="border" paddingBlockStart="400">
      <BlockStack gap="300">
        <Checkbox
          label="Quiet hours"
          helpText="Starts wait until they are over. Rollbacks and the ends of campaigns do not wait."
          checked={quiet.on}
          onChange={(on) => write({ on })}
          disabled={readOnly}
        />
        {quiet.on ? (
          <>
            <InlineGrid columns={{ xs: 1, sm: 2 }} gap="300">
              <TextField label="Time zone" value={quiet.timeZone} onChange={(timeZone) => write({ timeZone })} error={error(`${AT}/timeZone`)} placeholder="Europe/Berlin" disabled={readOnly} autoComplete="off" />
            </InlineGrid>
            {quiet.windows.map((window, index) => (
              <div key={index} role="group" aria-label={`Quiet hours ${index + 1}`}>
                <BlockStack gap="200">
                  <InlineStack gap="300" blockAlign="end" wrap>
                    <TextField label="From" type="time" value={window.from} onChange={(from) => writeWindow(index, { from })} error={error(`${AT}/windows/${index}/from`)} disabled={readOnly} autoComplete="off" />
                    <TextField label="To" type="time" value={window.to} onChange={(to) => writeWindow(index, { to })} error={error(`${AT}/windows/${index}/to`)} disabled={readOnly} autoComplete="off" />
                    {quiet.windows.length > 1 && !readOnly ? (
                      <Button icon={DeleteIcon} variant="tertiary" accessibilityLabel={`Remove quiet hours ${index + 1}`} onClick={() => write({ windows: quiet.windows.filter((_, i) => i !== index) })} />
                    ) : null}
                  </InlineStack>
                  <div role="group" aria-label="Begin on">
                    <Text as="p">Begin on</Text>
                    <InlineStack gap="300" wrap>
                      {WEEK_DAYS.map((day) => (
                        <Checkbox
                          key={day}
                          label={DAY_LABELS[day]}
                          checked={window.days.includes(day)}
                          onChange={(on) => writeWindow(index, { days: WEEK_DAYS.filter((known) => (known === day ? on : window.days.includes(known))) })}
                          disabled={readOnly}
                        />
                      ))}
                    </InlineStack>
                    {error(`${AT}/windows/${index}/days`) ? (
                      <Text as="p" tone="critical">
                        {error(`${AT}/windows/${index}/days`)}
                      </Text>
                    ) : null}
                  </div>
                  {window.to <= window.from ? (
                    <Text as="p" tone="subdued" variant="bodySm">
                      Ends at {window.to} on the next day.
                    </Text>
                  ) : null}
                </BlockStack>
              </div>
            ))}
            {error(`${AT}/windows`) ? (
              <Text as="p" tone="critical">
                {error(`${AT}/windows`)}
              </Text>
            ) : null}
            {readOnly ? null : (
              <InlineStack>
                <Button icon={PlusIcon} onClick={() => write({ windows: [...quiet.windows, NEW_WINDOW] })}>
                  Add quiet hours
                </Button>
              </InlineStack>
            )}
          </>
        ) : null}
      </BlockStack>
    </Box>
  );
}
