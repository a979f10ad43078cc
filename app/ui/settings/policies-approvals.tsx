import { BlockStack, Box, Card, Checkbox, InlineGrid, Select, Text, TextField } from '@shopify/polaris';
import type { PolicyFieldsProps } from './policies-guardrails.tsx';

/** Who approves, how long a plan may be approved, and what needs nobody. */
export function ApprovalsCard({ draft, onDraft, error, readOnly, configuredHours }: PolicyFieldsProps & { readonly configuredHours: number }) {
  const { automatic } = draft;
  const writeAutomatic = (next: Partial<typeof automatic>) => onDraft({ ...draft, automatic: { ...automatic, ...next } });
  const at = '/approvals/automatic';
  return (
    <Card>
      <BlockStack gap="400">
        <Text as="h2" variant="headingMd">
          Approvals
        </Text>
        <InlineGrid columns={{ xs: 1, sm: 2 }} gap="300">
          <Select
            label="How many people approve a change"
            options={[{ value: '1', label: 'One' }, { value: '2', label: 'Two different people' }]}
            value={String(draft.approvers)}
            onChange={(value) => onDraft({ ...draft, approvers: value === '2' ? 2 : 1 })}
            disabled={readOnly}
          />
          <Select
            label="Whose approval counts"
            options={[{ value: 'approver', label: 'Approvers and administrators' }, { value: 'admin', label: 'Administrators only' }]}
            value={draft.role}
            onChange={(value) => onDraft({ ...draft, role: value === 'admin' ? 'admin' : 'approver' })}
            disabled={readOnly}
          />
          <TextField
            label="A plan expires after"
            suffix="hours"
            type="number"
            min={1}
            value={draft.planMaxAgeHours}
            onChange={(planMaxAgeHours) => onDraft({ ...draft, planMaxAgeHours })}
            placeholder={String(configuredHours)}
            helpText={`Then it must be previewed again. Leave it empty for ${configuredHours} hours.`}
            error={error('/approvals/planMaxAgeHours')}
            disabled={readOnly}
            autoComplete="off"
          />
        </InlineGrid>
        <Checkbox
          label="People may approve changes that they made themselves"
          checked={draft.ownChangeAllowed}
          onChange={(ownChangeAllowed) => onDraft({ ...draft, ownChangeAllowed })}
          disabled={readOnly}
        />
        <Box borderBlockStartWidth="025" borderColor="border" paddingBlockStart="400">
          <BlockStack gap="300">
            <Checkbox
              label="Approve small changes automatically"
              helpText="Only plans without any warning, and within all of the limits you set here."
              checked={automatic.on}
              onChange={(on) => writeAutomatic({ on })}
              disabled={readOnly}
            />
            {automatic.on ? (
              <InlineGrid columns={{ xs: 1, sm: 3 }} gap="300">
                <TextField label="At most so many prices" type="number" min={1} value={automatic.maxRows} onChange={(maxRows) => writeAutomatic({ maxRows })} error={error(`${at}/maxRows`)} disabled={readOnly} autoComplete="off" />
                <TextField label="No price by more than" value={automatic.maxChangePercent} suffix="%" inputMode="decimal" onChange={(maxChangePercent) => writeAutomatic({ maxChangePercent })} error={error(`${at}/maxChangePercent`)} disabled={readOnly} autoComplete="off" />
                <TextField
                  label="Share of the catalog (optional)"
                  value={automatic.maxShareOfCatalogPercent}
                  suffix="%"
                  inputMode="decimal"
                  onChange={(maxShareOfCatalogPercent) => writeAutomatic({ maxShareOfCatalogPercent })}
                  error={error(`${at}/maxShareOfCatalogPercent`)}
                  disabled={readOnly}
                  autoComplete="off"
                />
              </InlineGrid>
            ) : null}
          </BlockStack>
        </Box>
      </BlockStack>
    </Card>
  );
}
