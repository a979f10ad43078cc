import { Banner, BlockStack, Box, Button, InlineStack, Select, Text } from '@shopify/polaris';
import { DeleteIcon, PlusIcon } from '@shopify/polaris-icons';
import type { ReactNode } from 'react';
import { isObject } from '../../domain/rules/findings.ts';
import { ConditionRow } from './condition-row.tsx';
import { useDraft } from './draft-context.tsx';
import { LintNotes } from './lint-notes.tsx';
import type { Path } from './rule-draft.ts';

const GROUPS = [
  { label: 'All of these are true', value: 'all' },
  { label: 'Any of these is true', value: 'any' },
  { label: 'None of these is true', value: 'none' },
  { label: 'Not all of these are true', value: 'notAll' },
] as const;
type GroupKind = (typeof GROUPS)[number]['value'];

interface Group {
  readonly kind: GroupKind;
  /** Where the list of members is, below the group's own path. */
  readonly members: Path;
  readonly list: readonly unknown[];
}

function groupOf(node: unknown): Group | null {
  if (!isObject(node)) return null;
  if (Array.isArray(node.all)) return { kind: 'all', members: ['all'], list: node.all };
  if (Array.isArray(node.any)) return { kind: 'any', members: ['any'], list: node.any };
  if (isObject(node.not) && Array.isArray(node.not.any)) return { kind: 'none', members: ['not', 'any'], list: node.not.any };
  if (isObject(node.not) && Array.isArray(node.not.all)) return { kind: 'notAll', members: ['not', 'all'], list: node.not.all };
  return null;
}

function groupNode(kind: GroupKind, list: readonly unknown[]): unknown {
  switch (kind) {
    case 'all':
      return { all: list };
    case 'any':
      return { any: list };
    case 'none':
      return { not: { any: list } };
    case 'notAll':
      return { not: { all: list } };
  }
}

const NEW_CONDITION = { field: 'product.tags', op: 'contains', value: '' } as const;

/** Builds the selector: conditions in groups, groups in groups. */
export function SelectorBuilder() {
  const { read, write } = useDraft();
  const path: Path = ['selector'];
  const node = read(path);
  // A single condition at the top is legal; put into a group as soon as a second one is wanted.
  if (isObject(node) && 'field' in node) {
    return (
      <BlockStack gap="300">
        <ConditionRow path={path} onRemove={() => write(path, { all: [] })} />
        <InlineStack>
          <Button icon={PlusIcon} onClick={() => write(path, { all: [node, NEW_CONDITION] })}>
            Add condition
          </Button>
        </InlineStack>
      </BlockStack>
    );
  }
  return <SelectorNode path={path} depth={0} />;
}

function SelectorNode({ path, depth, onRemove }: { path: Path; depth: number; onRemove?: () => void }) {
  const { read, write, readOnly, error } = useDraft();
  const node = read(path);
  const group = groupOf(node);
  if (group) return <GroupNode group={group} path={path} depth={depth} onRemove={onRemove} />;
  if (isObject(node) && 'field' in node) return <ConditionRow path={path} onRemove={onRemove} />;
  if (isObject(node) && 'not' in node) {
    return (
      <Nested depth={depth}>
        <InlineStack align="space-between" blockAlign="center">
          <Text as="p" fontWeight="medium">
            This must not be true:
          </Text>
          <Button variant="tertiary" disabled={readOnly} onClick={() => write(path, node.not)}>
            Take “not” away
          </Button>
        </InlineStack>
        <LintNotes path={path} />
        <SelectorNode path={[...path, 'not']} depth={depth + 1} onRemove={onRemove} />
      </Nested>
    );
  }
  return (
    <Banner tone="warning" title="This part can only be edited as JSON" action={onRemove && !readOnly ? { content: 'Remove it', onAction: onRemove } : undefined}>
      <Text as="p">{error(path) ?? 'It is not a group or a condition that this editor knows.'}</Text>
    </Banner>
  );
}

function GroupNode({ group, path, depth, onRemove }: { group: Group; path: Path; depth: number; onRemove?: () => void }) {
  const { write, remove, readOnly } = useDraft();
  const membersPath = [...path, ...group.members];
  const top = depth === 0;
  return (
    <Nested depth={depth}>
      <InlineStack gap="200" align="space-between" blockAlign="center" wrap={false}>
        <div style={{ flex: '0 1 16rem' }}>
          <Select
            label={top ? 'Change variants where' : 'Conditions of this group'}
            labelHidden
            options={[...GROUPS]}
            value={group.kind}
            disabled={readOnly}
            onChange={(kind) => write(path, groupNode(kind as GroupKind, group.list))}
          />
        </div>
        {onRemove ? <Button icon={DeleteIcon} variant="tertiary" accessibilityLabel="Remove this group" disabled={readOnly} onClick={onRemove} /> : null}
      </InlineStack>
      <LintNotes path={path} />
      {group.members.length > 1 ? <LintNotes path={[...path, 'not']} /> : null}
      {group.list.length === 0 ? (
        <Text as="p" tone="subdued">
          {EMPTY_GROUP[group.kind]}
        </Text>
      ) : null}
      {group.list.map((_, index) => (
        <SelectorNode key={index} path={[...membersPath, index]} depth={depth + 1} onRemove={() => remove([...membersPath, index])} />
      ))}
      {readOnly ? null : (
        <InlineStack gap="200">
          <Button icon={PlusIcon} onClick={() => write(membersPath, [...group.list, NEW_CONDITION])}>
            Add condition
          </Button>
          <Button variant="tertiary" onClick={() => write(membersPath, [...group.list, { any: [NEW_CONDITION] }])}>
            Add group
          </Button>
        </InlineStack>
      )}
    </Nested>
  );
}

const EMPTY_GROUP: Readonly<Record<GroupKind, string>> = {
  all: 'No condition: every variant of your catalog is chosen.',
  any: 'No condition: nothing is chosen.',
  none: 'No condition: every variant of your catalog is chosen.',
  notAll: 'No condition: nothing is chosen.',
};

function Nested({ depth, children }: { depth: number; children: ReactNode }) {
  if (depth === 0) return <BlockStack gap="300">{children}</BlockStack>;
  return (
    <Box paddingInlineStart="300" borderInlineStartWidth="050" borderColor="border" paddingBlock="100">
      <BlockStack gap="300">{children}</BlockStack>
    </Box>
  );
}
