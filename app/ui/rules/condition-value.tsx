import { Autocomplete, BlockStack, InlineStack, Tag, TextField } from '@shopify/polaris';
import { useState } from 'react';
import type { FieldKind } from '../../domain/rules/fields.ts';
import type { ConditionOp } from '../../domain/rules/rule.ts';
import type { CatalogFacets } from '../pricing/catalog-filter-bar.tsx';
import { useDraft } from './draft-context.tsx';
import type { Path } from './rule-draft.ts';

const SUGGESTED_MAX = 20;
const FACETS: Readonly<Record<string, keyof CatalogFacets>> = {
  'product.vendor': 'vendors',
  'product.productType': 'productTypes',
  'product.tags': 'tags',
  'product.collections': 'collections',
  'product.status': 'statuses',
};

/** The value of a condition: one text, number or date, a list, or a range. */
export function ConditionValue({ path, field, kind, op }: { path: Path; field: string; kind: FieldKind; op: ConditionOp }) {
  const { read, facets } = useDraft();
  const facet = FACETS[field];
  const known = facet ? facets[facet] : [];
  const suggestions = facet === 'statuses' ? known.map((status) => status.toLowerCase()) : known;
  if (op === 'in' || op === 'notIn') return <ListValue path={path} suggestions={suggestions} kind={kind} />;
  if (op === 'between') {
    return (
      <InlineStack gap="200" wrap={false}>
        <div style={{ flex: 1 }}>
          <ScalarValue path={[...path, 0]} label="From" kind={kind} />
        </div>
        <div style={{ flex: 1 }}>
          <ScalarValue path={[...path, 1]} label="To" kind={kind} />
        </div>
      </InlineStack>
    );
  }
  if (suggestions.length > 0 && typeof read(path) !== 'object') return <SuggestedValue path={path} suggestions={suggestions} />;
  return <ScalarValue path={path} label="Value" kind={kind} />;
}

function ScalarValue({ path, label, kind }: { path: Path; label: string; kind: FieldKind }) {
  const { text, write, errorBelow, currencyCode, readOnly } = useDraft();
  const value = text(path);
  const number = kind === 'money' || kind === 'percentage' || kind === 'count' || kind === 'score';
  const date = kind === 'time' && (value === '' || /^\d{4}-\d{2}-\d{2}$/.test(value));
  return (
    <TextField
      label={label}
      labelHidden={label === 'Value'}
      type={date ? 'date' : 'text'}
      inputMode={number ? 'decimal' : undefined}
      prefix={kind === 'money' ? currencyCode : undefined}
      suffix={kind === 'percentage' ? '%' : undefined}
      placeholder={label === 'Value' ? placeholderOf(kind) : undefined}
      value={value}
      onChange={(next) => write(path, number ? next.trim() : next)}
      disabled={readOnly}
      error={errorBelow(path)}
      autoComplete="off"
    />
  );
}

function placeholderOf(kind: FieldKind): string | undefined {
  if (kind === 'money') return '0.00';
  return kind === 'text' || kind === 'set' ? 'Value' : undefined;
}

function matching(suggestions: readonly string[], typed: string): readonly string[] {
  const wanted = typed.trim().toLowerCase();
  return (wanted ? suggestions.filter((one) => one.toLowerCase().includes(wanted)) : suggestions).slice(0, SUGGESTED_MAX);
}

function SuggestedValue({ path, suggestions }: { path: Path; suggestions: readonly string[] }) {
  const { text, write, errorBelow, readOnly } = useDraft();
  const value = text(path);
  return (
    <Autocomplete
      options={matching(suggestions, suggestions.includes(value) ? '' : value).map((one) => ({ value: one, label: one }))}
      selected={value ? [value] : []}
      onSelect={([chosen]) => chosen !== undefined && write(path, chosen)}
      textField={
        <Autocomplete.TextField label="Value" labelHidden placeholder="Choose or type" value={value} onChange={(next) => write(path, next)} disabled={readOnly} error={errorBelow(path)} autoComplete="off" />
      }
    />
  );
}

/** Several values: chosen, or typed and closed with Enter; pasted lines become one each. */
function ListValue({ path, suggestions, kind }: { path: Path; suggestions: readonly string[]; kind: FieldKind }) {
  const { read, write, errorBelow, readOnly } = useDraft();
  const [typed, setTyped] = useState('');
  const held = read(path);
  const values = Array.isArray(held) ? held.map(String) : [];

  // SKUs come pasted from sheets; a vendor's own name may hold a comma.
  const separators = suggestions.length > 0 ? /[\n\r\t;]+/ : /[\n\r\t;,]+/;

  const add = (text: string) => {
    const more = text.split(separators).map((one) => one.trim()).filter(Boolean);
    write(path, [...new Set([...values, ...more])]);
    setTyped('');
  };
  const change = (next: string) => (separators.test(next) ? add(next) : setTyped(next));

  const field = {
    label: 'Values',
    labelHidden: true,
    placeholder: suggestions.length > 0 ? 'Choose or type' : 'Type, then Enter',
    value: typed,
    onChange: change,
    onBlur: () => typed.trim() !== '' && suggestions.length === 0 && add(typed),
    inputMode: kind === 'text' || kind === 'set' ? undefined : ('decimal' as const),
    disabled: readOnly,
    error: errorBelow(path),
    autoComplete: 'off',
  };
  return (
    <BlockStack gap="200">
      <div
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || typed.trim() === '') return;
          event.preventDefault();
          add(typed);
        }}
      >
        {suggestions.length > 0 ? (
          <Autocomplete
            allowMultiple
            options={matching(suggestions, typed).map((one) => ({ value: one, label: one }))}
            selected={values}
            onSelect={(chosen) => {
              const shown = matching(suggestions, typed);
              write(path, [...values.filter((one) => !shown.includes(one)), ...chosen.filter((one) => shown.includes(one))]);
            }}
            textField={<Autocomplete.TextField {...field} />}
          />
        ) : (
          <TextField {...field} />
        )}
      </div>
      {values.length > 0 ? (
        <div style={{ maxHeight: '10rem', overflowY: 'auto' }}>
          <InlineStack gap="100">
            {values.map((one) => (
              <Tag key={one} onRemove={readOnly ? undefined : () => write(path, values.filter((other) => other !== one))}>
                {one}
              </Tag>
            ))}
          </InlineStack>
        </div>
      ) : null}
    </BlockStack>
  );
}
