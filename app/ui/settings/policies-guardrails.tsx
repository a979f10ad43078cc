import { BlockStack, Box, Button, Card, Checkbox, InlineGrid, InlineStack, Select, Text, TextField } from '@shopify/polaris';
import { GUARD_ROWS, withSuggestions } from './policies-draft.ts';
import type { GuardDraft, GuardRowName, PolicyDraft } from './policies-draft.ts';
import { QuietHoursFields } from './policies-quiet-hours.tsx';

export interface PolicyFieldsProps {
  readonly draft: PolicyDraft;
  readonly onDraft: (draft: PolicyDraft) => void;
  /** What is wrong at this JSON pointer, once it may be said. */
  readonly error: (pointer: string) => string | undefined;
  readonly readOnly: boolean;
  readonly currencyCode: string;
}

const ROW_WORDS: Readonly<Record<GuardRowName, { readonly label: string; readonly help: string; readonly field?: string }>> = {
  minMarginPercent: { label: 'Least margin', help: 'Of the price, after unit cost. A price whose unit cost is missing does not pass.', field: 'Margin in percent' },
  belowCost: { label: 'Never below cost', help: 'A price whose unit cost is missing does not pass.' },
  respectMap: { label: 'Keep the minimum advertised price', help: 'Where a variant has one.' },
  maxDecreasePercent: { label: 'Largest decrease of one price', help: 'Stops a slipped digit: 9.90 typed for 99.00 is a decrease of 90%.', field: 'Decrease in percent' },
  maxIncreasePercent: { label: 'Largest increase of one price', help: 'Stops a digit too many: 990 typed for 99 is an increase of 900%.', field: 'Increase in percent' },
  maxShareOfCatalogPercent: { label: 'Largest share of the catalog in one change', help: 'As a percentage of all variants in your catalog.', field: 'Share in percent' },
  maxRevenueEffect: { label: 'Largest effect on revenue', help: 'At today’s sales, up or down. Looks only where sales are known.', field: 'Effect' },
};
const ROW_ACTIONS = [
  { value: 'block', label: 'Block the price' },
  { value: 'clamp', label: 'Hold at the limit' },
  { value: 'warn', label: 'Only warn' },
];
const PLAN_ACTIONS = [
  { value: 'block', label: 'Cannot be approved' },
  { value: 'secondApprover', label: 'Two people approve' },
  { value: 'warn', label: 'Only warn' },
];
const OF_PLAN: readonly GuardRowName[] = ['maxShareOfCatalogPercent', 'maxRevenueEffect'];

/** Limits that every price change keeps, whatever its rule says. */
export function GuardrailsCard(props: PolicyFieldsProps) {
  const { draft, onDraft, error, readOnly } = props;
  const suggested = withSuggestions(draft);
  const nothingToSuggest = JSON.stringify(suggested) === JSON.stringify(draft);
  return (
    <Card>
      <BlockStack gap="400">
        <InlineStack align="space-between" blockAlign="center" gap="200">
          <Text as="h2" variant="headingMd">
            Guardrails
          </Text>
          {readOnly || nothingToSuggest ? null : <Button onClick={() => onDraft(suggested)}>Use suggestions</Button>}
        </InlineStack>
        <Text as="p" tone="subdued">
          Every price change keeps these, whatever its rule says. Rollbacks are not held by them: they only put back prices that were there.
        </Text>
        {GUARD_ROWS.map((name) => (
          <GuardRow key={name} name={name} {...props} />
        ))}
        <Box borderBlockStartWidth="025" borderColor="border" paddingBlockStart="400">
          <TextField
            label="Frozen products"
            value={draft.frozen}
            onChange={(frozen) => onDraft({ ...draft, frozen })}
            placeholder="tag:fixed-price OR vendor:Acme"
            helpText={`No price change may touch what this search finds. It is written as in Shopify’s search; left empty, nothing is frozen.${draft.frozenProductIds.length > 0 ? ` ${draft.frozenProductIds.length} products are frozen one by one through the API.` : ''}`}
            error={error('/guardrails/frozen/selector')}
            disabled={readOnly}
            autoComplete="off"
            monospaced
          />
        </Box>
        <Box borderBlockStartWidth="025" borderColor="border" paddingBlockStart="400">
          <BlockStack gap="200">
            <Checkbox
              label="Limit how often one price changes in a day"
              checked={draft.dailyCap.on}
              onChange={(on) => onDraft({ ...draft, dailyCap: { ...draft.dailyCap, on } })}
              disabled={readOnly}
            />
            {draft.dailyCap.on ? (
              <InlineGrid columns={{ xs: 1, sm: 2 }} gap="300">
                <TextField
                  label="Changes of one variant a day"
                  type="number"
                  min={1}
                  value={draft.dailyCap.value}
                  onChange={(value) => onDraft({ ...draft, dailyCap: { on: true, value } })}
                  error={error('/guardrails/maxWritesPerVariantPerDay/value')}
                  disabled={readOnly}
                  autoComplete="off"
                />
              </InlineGrid>
            ) : null}
          </BlockStack>
        </Box>
        <QuietHoursFields {...props} />
      </BlockStack>
    </Card>
  );
}

function GuardRow({ name, draft, onDraft, error, readOnly, currencyCode }: PolicyFieldsProps & { readonly name: GuardRowName }) {
  const guard = draft.guards[name];
  const words = ROW_WORDS[name];
  const write = (next: Partial<GuardDraft>) => onDraft({ ...draft, guards: { ...draft.guards, [name]: { ...guard, ...next } } });
  const pointer = `/guardrails/${name}`;
  const unit = name === 'maxRevenueEffect' && draft.revenueUnit === 'amount' ? currencyCode : '%';
  return (
    <Box borderBlockStartWidth="025" borderColor="border" paddingBlockStart="400">
      <div role="group" aria-label={words.label}>
        <BlockStack gap="200">
          <Checkbox label={words.label} helpText={words.help} checked={guard.on} onChange={(on) => write({ on })} disabled={readOnly} />
          {guard.on ? (
            <InlineGrid columns={{ xs: 1, sm: name === 'maxRevenueEffect' ? 3 : 2 }} gap="300">
              {words.field ? (
                <TextField label={words.field} value={guard.value} onChange={(value) => write({ value })} suffix={unit} inputMode="decimal" error={error(`${pointer}/value`)} disabled={readOnly} autoComplete="off" />
              ) : null}
              {name === 'maxRevenueEffect' ? (
                <Select
                  label="Measured in"
                  options={[{ value: 'percent', label: 'Percent of revenue' }, { value: 'amount', label: `An amount in ${currencyCode}` }]}
                  value={draft.revenueUnit}
                  onChange={(chosen) => onDraft({ ...draft, revenueUnit: chosen === 'amount' ? 'amount' : 'percent' })}
                  disabled={readOnly}
                />
              ) : null}
              <Select label="Beyond it" options={OF_PLAN.includes(name) ? PLAN_ACTIONS : ROW_ACTIONS} value={guard.action} onChange={(action) => write({ action })} disabled={readOnly} />
            </InlineGrid>
          ) : null}
        </BlockStack>
      </div>
    </Box>
  );
}
