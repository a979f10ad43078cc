import { BlockStack, Button, Card, Checkbox, FormLayout, InlineStack, Select, Text, TextField } from '@shopify/polaris';
import { ArrowDownIcon, ArrowUpIcon, DeleteIcon, PlusIcon } from '@shopify/polaris-icons';
import { BASE_NAMES, STEP_TYPES, type StepType } from '../../domain/rules/rule.ts';
import { BASE_LABELS, STEP_LABELS } from '../words/field-words.ts';
import { useDraft } from './draft-context.tsx';
import { LintNotes } from './lint-notes.tsx';
import { newStep, type Path } from './rule-draft.ts';

const STEPS: Path = ['transform', 'steps'];

/** What the price starts from, and the steps that change it, in their order. */
export function PriceSteps() {
  const { read, text, write, error, readOnly } = useDraft();
  const held = read(STEPS);
  const steps: readonly unknown[] = Array.isArray(held) ? held : [];

  const move = (from: number, to: number) => {
    const next = [...steps];
    next.splice(to, 0, ...next.splice(from, 1));
    write(STEPS, next);
  };

  return (
    <Card>
      <BlockStack gap="400">
        <Text as="h2" variant="headingMd">
          New price
        </Text>
        <Select
          label="Start from"
          options={BASE_NAMES.map((value) => ({ value, label: BASE_LABELS[value] }))}
          value={text(['transform', 'base']) || 'price'}
          onChange={(base) => write(['transform', 'base'], base)}
          disabled={readOnly}
          error={error(['transform', 'base'])}
          helpText="Where it is missing the variant is left alone, with the reason."
        />
        <LintNotes path={['transform', 'base']} />
        {steps.map((_, index) => (
          <StepRow key={index} index={index} count={steps.length} onMove={move} />
        ))}
        {steps.length === 0 ? (
          <Text as="p" tone="subdued">
            No step: the price is what it starts from, within the limits and rounding below.
          </Text>
        ) : null}
        <LintNotes path={STEPS} />
        <LintNotes path={['transform']} />
        {readOnly ? null : (
          <InlineStack>
            <Button icon={PlusIcon} onClick={() => write(STEPS, [...steps, newStep('percent')])}>
              Add step
            </Button>
          </InlineStack>
        )}
      </BlockStack>
    </Card>
  );
}

function StepRow({ index, count, onMove }: { index: number; count: number; onMove: (from: number, to: number) => void }) {
  const { text, write, remove, error, currencyCode, readOnly } = useDraft();
  const path: Path = [...STEPS, index];
  const type = text([...path, 'type']) as StepType;
  const words = STEP_LABELS[type];
  const money = type === 'amount' || type === 'set';
  const name = `Step ${index + 1}`;
  return (
    <BlockStack gap="100">
      <div role="group" aria-label={name} style={{ display: 'flex', gap: 'var(--p-space-200)', alignItems: 'flex-start' }}>
        <div style={{ flex: 1, minWidth: 0, display: 'grid', gap: 'var(--p-space-200)', gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 11rem), 1fr))' }}>
          <Select
            label={name}
            options={[...(words ? [] : [{ value: type, label: type || 'Choose' }]), ...STEP_TYPES.map((value) => ({ value, label: STEP_LABELS[value].label }))]}
            value={type}
            onChange={(next) => write([...path, 'type'], next)}
            disabled={readOnly}
            error={error([...path, 'type'])}
          />
          <TextField
            label={words?.value ?? 'Value'}
            value={text([...path, 'value'])}
            onChange={(value) => write([...path, 'value'], value.trim())}
            inputMode="text"
            prefix={money ? currencyCode : undefined}
            suffix={type === 'percent' || type === 'margin' ? '%' : undefined}
            helpText={words?.help}
            disabled={readOnly}
            error={error([...path, 'value']) ?? error(path)}
            autoComplete="off"
          />
        </div>
        {readOnly ? null : (
          <div style={{ paddingBlockStart: 'var(--p-space-600)', display: 'flex' }}>
            <Button icon={ArrowUpIcon} variant="tertiary" accessibilityLabel={`Move ${name.toLowerCase()} up`} disabled={index === 0} onClick={() => onMove(index, index - 1)} />
            <Button icon={ArrowDownIcon} variant="tertiary" accessibilityLabel={`Move ${name.toLowerCase()} down`} disabled={index === count - 1} onClick={() => onMove(index, index + 1)} />
            <Button icon={DeleteIcon} variant="tertiary" accessibilityLabel={`Remove ${name.toLowerCase()}`} onClick={() => remove(path)} />
          </div>
        )}
      </div>
      <LintNotes path={path} within />
    </BlockStack>
  );
}

const LIMITS = [
  { key: 'floor', label: 'Lowest price', money: true },
  { key: 'ceiling', label: 'Highest price', money: true },
  { key: 'minMarginPercent', label: 'Smallest margin', money: false },
  { key: 'maxDecreasePercent', label: 'Largest decrease', money: false },
  { key: 'maxIncreasePercent', label: 'Largest increase', money: false },
] as const;

/** Limits that the new price never crosses. */
export function PriceLimits() {
  const { read, text, write, error, currencyCode, readOnly } = useDraft();
  const path: Path = ['transform', 'bounds'];
  const writeLimit = (key: string, value: unknown) => {
    write([...path, key], value);
  };
  return (
    <Card>
      <BlockStack gap="400">
        <BlockStack gap="100">
          <Text as="h2" variant="headingMd">
            Limits
          </Text>
          <Text as="p" tone="subdued">
            Leave a limit blank to go without it. A new price never crosses one, also after rounding.
          </Text>
        </BlockStack>
        <FormLayout>
          <div style={{ display: 'grid', gap: 'var(--p-space-400)', gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 11rem), 1fr))' }}>
            {LIMITS.map(({ key, label, money }) => (
              <BlockStack key={key} gap="100">
                <TextField
                  label={label}
                  value={text([...path, key])}
                  onChange={(value) => writeLimit(key, value.trim() === '' ? undefined : value.trim())}
                  inputMode="decimal"
                  prefix={money ? currencyCode : undefined}
                  suffix={money ? undefined : '%'}
                  helpText={key === 'minMarginPercent' ? 'Needs the unit cost' : undefined}
                  disabled={readOnly}
                  error={error([...path, key])}
                  autoComplete="off"
                />
                <LintNotes path={[...path, key]} />
              </BlockStack>
            ))}
          </div>
          <Checkbox
            label="Never below the minimum advertised price"
            helpText="Where one is agreed for the variant"
            checked={read([...path, 'respectMap']) === true}
            onChange={(checked) => writeLimit('respectMap', checked ? true : undefined)}
            disabled={readOnly}
            error={error([...path, 'respectMap'])}
          />
          <Select
            label="When the new price is outside the limits"
            options={[
              { value: 'clamp', label: 'Move it to the nearest limit' },
              { value: 'block', label: 'Leave the variant as it is, with the reason' },
            ]}
            value={text([...path, 'onViolation']) || 'clamp'}
            onChange={(value) => writeLimit('onViolation', value)}
            disabled={readOnly}
            error={error([...path, 'onViolation'])}
          />
          <Checkbox
            label="Allow a price of zero"
            checked={read(['transform', 'allowZero']) === true}
            onChange={(checked) => write(['transform', 'allowZero'], checked ? true : undefined)}
            disabled={readOnly}
            error={error(['transform', 'allowZero'])}
          />
        </FormLayout>
        <LintNotes path={[...path, 'onViolation']} />
        <LintNotes path={['transform', 'allowZero']} />
      </BlockStack>
    </Card>
  );
}
