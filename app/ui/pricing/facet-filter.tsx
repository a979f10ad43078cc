import { BlockStack, ChoiceList, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';

const SHOWN_MAX = 15;

/** One of the shop's own values (vendors, tags …), found by typing where there are many. */
export function FacetFilter({
  label,
  values,
  selected,
  onSelect,
}: {
  label: string;
  values: readonly string[];
  selected: string | undefined;
  onSelect: (value: string | null) => void;
}) {
  const [text, setText] = useState('');
  const wanted = text.trim().toLowerCase();
  const matching = wanted ? values.filter((value) => value.toLowerCase().includes(wanted)) : values;
  const shown = matching.slice(0, SHOWN_MAX);
  if (selected && !shown.includes(selected)) shown.unshift(selected);

  return (
    <BlockStack gap="200">
      {values.length > SHOWN_MAX ? (
        <TextField label={`Search ${label.toLowerCase()}`} labelHidden placeholder={`Search ${label.toLowerCase()}`} value={text} onChange={setText} autoComplete="off" />
      ) : null}
      {shown.length > 0 ? (
        <ChoiceList
          title={label}
          titleHidden
          choices={shown.map((value) => ({ label: value, value }))}
          selected={selected ? [selected] : []}
          onChange={([value]) => onSelect(value ?? null)}
        />
      ) : (
        <Text as="p" tone="subdued">
          {wanted ? 'Nothing matches.' : 'Your catalog has none.'}
        </Text>
      )}
      {matching.length > SHOWN_MAX ? (
        <Text as="p" tone="subdued" variant="bodySm">
          {matching.length - SHOWN_MAX} more: type to find them.
        </Text>
      ) : null}
    </BlockStack>
  );
}
