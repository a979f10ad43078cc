import { BlockStack, Card, FormLayout, Select, Text, TextField } from '@shopify/polaris';
import { decimalsOf, isCurrencyCode } from '../../domain/kernel/currency.ts';
import { isObject } from '../../domain/rules/findings.ts';
import { DIRECTION_LABELS } from '../words/field-words.ts';
import { useDraft } from './draft-context.tsx';
import { LintNotes } from './lint-notes.tsx';
import type { Path } from './rule-draft.ts';

const ROUNDING: Path = ['transform', 'rounding'];
const COMPARE_AT: Path = ['transform', 'compareAt'];
const DIRECTIONS = (['nearest', 'up', 'down'] as const).map((value) => ({ value, label: DIRECTION_LABELS[value] }));

/** Endings that read well in the currency: .99 of every 1.00, 80 of every 100 yen. */
function usualEnding(currencyCode: string): { ending: string; every: string; increment: string } {
  const decimals = isCurrencyCode(currencyCode) ? decimalsOf(currencyCode) : 2;
  if (decimals === 0) return { ending: '80', every: '100', increment: '10' };
  return { ending: `0.${'9'.repeat(2)}${'0'.repeat(Math.max(decimals - 2, 0))}`, every: `1.${'0'.repeat(decimals)}`, increment: `0.05${'0'.repeat(Math.max(decimals - 2, 0))}` };
}

/** How the price is rounded. */
export function RoundingEditor() {
  const { read, text, write, error, currencyCode, readOnly } = useDraft();
  const rounding = read(ROUNDING);
  const type = isObject(rounding) ? text([...ROUNDING, 'type']) : 'minorUnit';
  const usual = usualEnding(currencyCode);

  const choose = (next: string) => {
    if (next === 'ending') write(ROUNDING, { type: 'ending', ending: usual.ending, every: usual.every, direction: 'nearest' });
    else if (next === 'increment') write(ROUNDING, { type: 'increment', increment: usual.increment, direction: 'nearest' });
    else write(ROUNDING, { type: 'minorUnit' });
  };
  const amount = (key: string, label: string, helpText?: string) => (
    <TextField
      label={label}
      value={text([...ROUNDING, key])}
      onChange={(value) => write([...ROUNDING, key], value.trim())}
      prefix={currencyCode}
      inputMode="decimal"
      helpText={helpText}
      disabled={readOnly}
      error={error([...ROUNDING, key])}
      autoComplete="off"
    />
  );
  const direction = (
    <Select
      label="Direction"
      options={DIRECTIONS}
      value={text([...ROUNDING, 'direction']) || 'nearest'}
      onChange={(value) => write([...ROUNDING, 'direction'], value)}
      disabled={readOnly}
      error={error([...ROUNDING, 'direction'])}
    />
  );

  return (
    <Card>
      <BlockStack gap="400">
        <Text as="h2" variant="headingMd">
          Rounding
        </Text>
        <FormLayout>
          <Select
            label="Round to"
            options={[
              { value: 'minorUnit', label: 'No special rounding' },
              { value: 'ending', label: `Prices with an ending, such as ${usual.ending}` },
              { value: 'increment', label: `Steps, such as ${usual.increment}` },
            ]}
            value={type}
            onChange={choose}
            disabled={readOnly}
            error={error([...ROUNDING, 'type']) ?? error(ROUNDING)}
          />
          {type === 'ending' ? (
            <FormLayout.Group condensed>
              {amount('ending', 'Ending')}
              {amount('every', 'Every', `Prices end in ${text([...ROUNDING, 'ending']) || '…'}, one every ${text([...ROUNDING, 'every']) || '…'}`)}
              {direction}
            </FormLayout.Group>
          ) : null}
          {type === 'increment' ? (
            <FormLayout.Group condensed>
              {amount('increment', 'Step')}
              {direction}
            </FormLayout.Group>
          ) : null}
        </FormLayout>
        <LintNotes path={ROUNDING} within />
      </BlockStack>
    </Card>
  );
}

/** What becomes of the struck-through price. */
export function CompareAtEditor() {
  const { text, write, error, currencyCode, readOnly } = useDraft();
  const mode = text([...COMPARE_AT, 'mode']) || 'keep';
  return (
    <Card>
      <BlockStack gap="400">
        <Text as="h2" variant="headingMd">
          Compare-at price
        </Text>
        <FormLayout>
          <Select
            label="Compare-at price"
            labelHidden
            options={[
              { value: 'keep', label: 'Leave it as it is' },
              { value: 'sale', label: 'Show the old price struck through (a sale)' },
              { value: 'clear', label: 'Remove it' },
              { value: 'set', label: 'Set it to an amount' },
            ]}
            value={mode}
            onChange={(next) => write(COMPARE_AT, next === 'set' ? { mode: 'set', value: '' } : { mode: next })}
            helpText={mode === 'sale' ? 'Only where the new price is lower than the old one; otherwise it is removed.' : undefined}
            disabled={readOnly}
            error={error([...COMPARE_AT, 'mode']) ?? error(COMPARE_AT)}
          />
          {mode === 'set' ? (
            <TextField
              label="Amount"
              value={text([...COMPARE_AT, 'value'])}
              onChange={(value) => write([...COMPARE_AT, 'value'], value.trim())}
              prefix={currencyCode}
              inputMode="decimal"
              disabled={readOnly}
              error={error([...COMPARE_AT, 'value'])}
              autoComplete="off"
            />
          ) : null}
        </FormLayout>
        <LintNotes path={COMPARE_AT} within />
      </BlockStack>
    </Card>
  );
}
