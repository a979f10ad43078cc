import { BlockStack, Button, Select, type SelectGroup } from '@shopify/polaris';
import { DeleteIcon } from '@shopify/polaris-icons';
import { OPS_OF_KIND, OPTION_PREFIX, SCORE_PREFIX, fieldNamed } from '../../domain/rules/fields.ts';
import type { ConditionOp } from '../../domain/rules/rule.ts';
import { fieldChoices, fieldLabel, opLabel } from '../words/field-words.ts';
import { ConditionValue } from './condition-value.tsx';
import { useDraft } from './draft-context.tsx';
import { LintNotes } from './lint-notes.tsx';
import { fittingValue, type Path } from './rule-draft.ts';

const ROW = { display: 'flex', gap: 'var(--p-space-200)', alignItems: 'flex-start' } as const;
const CONTROLS = { flex: 1, minWidth: 0, display: 'grid', gap: 'var(--p-space-200)', gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 10rem), 1fr))' } as const;

/** One condition: field, op, and a value control that fits the field's kind. */
export function ConditionRow({ path, onRemove }: { path: Path; onRemove?: () => void }) {
  const { read, text, write, error, facets, readOnly } = useDraft();
  const field = text([...path, 'field']);
  const op = text([...path, 'op']);
  const kind = fieldNamed(field)?.kind ?? 'text';
  const ops = OPS_OF_KIND[kind];

  const chooseField = (next: string) => {
    const nextKind = fieldNamed(next)?.kind ?? 'text';
    const fits = OPS_OF_KIND[nextKind].includes(op as ConditionOp);
    const nextOp = fits ? (op as ConditionOp) : (OPS_OF_KIND[nextKind][0] ?? 'isSet');
    // A vendor's name is no tag and no amount: a value stays only within fields of one kind that share no list of their own.
    write(path, condition(next, nextOp, fittingValue(nextOp, nextKind === kind && kind !== 'text' && kind !== 'set' ? read([...path, 'value']) : '')));
  };
  const chooseOp = (next: string) => write(path, condition(field, next as ConditionOp, fittingValue(next as ConditionOp, read([...path, 'value']))));

  return (
    <BlockStack gap="100">
      <div style={ROW} role="group" aria-label={`Condition on ${fieldLabel(field)}`}>
        <div style={CONTROLS}>
          <Select label="Field" labelHidden options={fieldOptions(field, facets.optionNames)} value={field} onChange={chooseField} disabled={readOnly} error={error([...path, 'field'])} />
          <Select
            label="Comparison"
            labelHidden
            options={opOptions(op, ops, (known) => opLabel(known, kind))}
            value={op}
            onChange={chooseOp}
            disabled={readOnly}
            error={error([...path, 'op'])}
          />
          {op === 'isSet' || op === 'isNotSet' ? null : <ConditionValue path={[...path, 'value']} field={field} kind={kind} op={op as ConditionOp} />}
        </div>
        {onRemove && !readOnly ? <Button icon={DeleteIcon} variant="tertiary" accessibilityLabel={`Remove the condition on ${fieldLabel(field)}`} onClick={onRemove} /> : null}
      </div>
      <LintNotes path={path} />
    </BlockStack>
  );
}

function condition(field: string, op: ConditionOp, value: unknown): unknown {
  return value === undefined ? { field, op } : { field, op, value };
}

function opOptions(op: string, ops: readonly ConditionOp[], label: (op: ConditionOp) => string) {
  const options = ops.map((known) => ({ value: known as string, label: label(known) }));
  return ops.some((known) => known === op) ? options : [{ value: op, label: op || 'Choose' }, ...options];
}

function fieldOptions(field: string, optionNames: readonly string[]): SelectGroup[] {
  const choices = fieldChoices(optionNames);
  if (!choices.some((choice) => choice.value === field)) choices.push({ value: field, label: fieldLabel(field) });
  const group = (title: string, belongs: (value: string) => boolean) => ({ title, options: choices.filter((choice) => belongs(choice.value)) });
  const isOption = (value: string) => value.startsWith(OPTION_PREFIX);
  return [
    group('Product', (value) => value.startsWith('product.')),
    group('Variant', (value) => value.startsWith('variant.') && !isOption(value)),
    group('Options', isOption),
    group('Market', (value) => value.startsWith('competitor.') || value.startsWith('amazon.')),
    group('Scores', (value) => value.startsWith(SCORE_PREFIX)),
    group('Other', (value) => !/^(product|variant|competitor|amazon|score)\./.test(value)),
  ].filter((section) => section.options.length > 0);
}
