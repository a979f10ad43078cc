import { BlockStack, Box, Checkbox, ChoiceList, TextField } from '@shopify/polaris';
import { useState } from 'react';

/** What the page submits beside `apply`; empty: everything is written at once. */
export type ApplyFields = Readonly<Record<string, string>>;

const FIRST_PERCENT = '5';

/** Whether a first part is written and looked at before the rest. */
export function ApplyOptions({ onChange }: { onChange: (fields: ApplyFields) => void }) {
  const [first, setFirst] = useState(false);
  const [canaryPercent, setPercent] = useState(FIRST_PERCENT);
  const [canaryContinue, setContinue] = useState<string>('manual');
  const tell = (on: boolean, percent: string, then: string) => {
    setFirst(on);
    setPercent(percent);
    setContinue(then);
    onChange(on ? { canaryPercent: percent.trim(), canaryContinue: then } : {});
  };
  const wrong = !(Number(canaryPercent) > 0 && Number(canaryPercent) <= 100);
  return (
    <BlockStack gap="200">
      <Checkbox
        label="Write a first part, then the rest"
        helpText="Whole products, drawn from all over the plan. Their prices are read again from your store before anything else is written."
        checked={first}
        onChange={(on) => tell(on, canaryPercent, canaryContinue)}
      />
      {first ? (
        <Box paddingInlineStart="600">
          <BlockStack gap="200">
            <TextField
              label="Size of the first part"
              value={canaryPercent}
              onChange={(percent) => tell(first, percent, canaryContinue)}
              suffix="%"
              inputMode="decimal"
              autoComplete="off"
              error={wrong ? 'A percentage above 0, at most 100.' : undefined}
            />
            <ChoiceList
              title="Then"
              choices={[
                { label: 'Wait for me', value: 'manual' },
                { label: 'Go on by itself when all is well', value: 'auto', helpText: 'It waits for you when a price could not be written, or more than one in ten had been changed by somebody.' },
              ]}
              selected={[canaryContinue]}
              onChange={([then]) => tell(first, canaryPercent, then ?? 'manual')}
            />
          </BlockStack>
        </Box>
      ) : null}
    </BlockStack>
  );
}
