import { Badge, BlockStack, Button, EmptySearchResult, IndexTable, InlineStack, Text, useBreakpoints, useIndexResourceState, type IndexTableProps } from '@shopify/polaris';
import type { PriceChange, PriceChangeItem, PricePair } from '@calibr/types';
import { useEffect, type ReactNode } from 'react';
import type { ListLocation } from '../parts/list-location.ts';
import { BeforeAfter, MoneyText, PriceDifference } from '../parts/price-texts.tsx';
import { ITEM_STATE_WORDS, reasonWords, warningWords } from '../words/change-words.ts';
import { threeWay } from './three-way.ts';

const CHANGE_HEADINGS: IndexTableProps['headings'] = [
  { title: 'Variant' },
  { title: 'Price', alignment: 'end' },
  { title: 'Difference', alignment: 'end' },
  { title: 'Compare-at', alignment: 'end' },
  { title: 'State' },
  { title: 'Why', id: 'why' },
];
const ROLLBACK_HEADINGS: IndexTableProps['headings'] = [
  { title: 'Variant' },
  { title: 'Before the change', alignment: 'end' },
  { title: 'What we wrote', alignment: 'end' },
  { title: 'In the store now', alignment: 'end' },
  { title: 'State' },
  { title: 'Why', id: 'why' },
];

export interface ItemsTableProps {
  readonly change: PriceChange;
  readonly items: readonly PriceChangeItem[];
  /** For a rollback: what the change that is undone wrote, by variant. */
  readonly wrote: Readonly<Record<string, PricePair>>;
  readonly list: ListLocation;
  readonly onExplain: (itemId: string) => void;
  /** Null where rows cannot be chosen for a rollback. */
  readonly onRollBack: ((itemIds: readonly string[]) => void) | null;
}

/** Every row of the plan: before and after, and for a rollback the three-way diff. */
export function ItemsTable({ change, items, wrote, list, onExplain, onRollBack }: ItemsTableProps) {
  const condensed = useBreakpoints().smDown;
  const rows = items as unknown as (PriceChangeItem & Record<string, unknown>)[];
  const { selectedResources, allResourcesSelected, handleSelectionChange, clearSelection } = useIndexResourceState(rows);
  const page = `${list.params}`;
  useEffect(() => clearSelection(), [page]);

  const rollback = change.kind === 'rollback';
  const chosen = items.filter((item) => (allResourcesSelected || selectedResources.includes(item.id)) && (item.state === 'applied' || item.state === 'settled'));

  return (
    <IndexTable
      condensed={condensed}
      resourceName={{ singular: 'row', plural: 'rows' }}
      itemCount={items.length}
      selectable={onRollBack !== null}
      selectedItemsCount={allResourcesSelected ? 'All' : selectedResources.length}
      onSelectionChange={handleSelectionChange}
      promotedBulkActions={
        onRollBack
          ? [
              {
                content: chosen.length > 0 ? `Roll back ${chosen.length}` : 'Only rows that are live can be rolled back',
                disabled: chosen.length === 0,
                onAction: () => onRollBack(chosen.map((item) => item.id)),
              },
            ]
          : undefined
      }
      headings={rollback ? ROLLBACK_HEADINGS : CHANGE_HEADINGS}
      loading={list.loading}
      pagination={list.pagination}
      emptyState={<EmptySearchResult title="No rows here" description="Choose another view or take a filter away." withIllustration />}
    >
      {items.map((item, index) => (
        <IndexTable.Row key={item.id} id={item.id} position={index} selected={selectedResources.includes(item.id)} onClick={onRollBack ? undefined : () => onExplain(item.id)}>
          {condensed ? (
            <CondensedItem item={item} rollback={rollback} known={wrote} onExplain={onExplain} />
          ) : (
            <>
              <IndexTable.Cell>
                <ItemName item={item} />
              </IndexTable.Cell>
              {rollback ? <RollbackCells item={item} known={wrote} /> : <ChangeCells item={item} />}
              <IndexTable.Cell>
                <ItemState item={item} />
              </IndexTable.Cell>
              <IndexTable.Cell>
                <WhyButton item={item} onExplain={onExplain} />
              </IndexTable.Cell>
            </>
          )}
        </IndexTable.Row>
      ))}
    </IndexTable>
  );
}

function ItemName({ item }: { item: PriceChangeItem }) {
  return (
    <div style={{ whiteSpace: 'normal', maxWidth: '18rem', overflowWrap: 'anywhere' }}>
      <Text as="span" fontWeight="semibold">
        {item.title || item.sku || 'Variant'}
      </Text>
      {item.sku ? (
        <Text as="p" tone="subdued" variant="bodySm">
          {item.sku}
        </Text>
      ) : null}
    </div>
  );
}

function End({ children }: { children: ReactNode }) {
  return <div style={{ textAlign: 'end' }}>{children}</div>;
}

function ChangeCells({ item }: { item: PriceChangeItem }) {
  const after = item.after ?? item.before;
  return (
    <>
      <IndexTable.Cell>
        <End>
          <BeforeAfter before={item.before.price} after={after.price} />
        </End>
      </IndexTable.Cell>
      <IndexTable.Cell>
        <End>
          <PriceDifference before={item.before} after={item.after} />
        </End>
      </IndexTable.Cell>
      <IndexTable.Cell>
        <End>
          <BeforeAfter before={item.before.compareAtPrice} after={after.compareAtPrice} />
        </End>
      </IndexTable.Cell>
    </>
  );
}

function RollbackCells({ item, known }: { item: PriceChangeItem; known: ItemsTableProps['wrote'] }) {
  const { back, wrote, now } = threeWay(item, known);
  return (
    <>
      {[back, wrote, now].map((pair, index) => (
        <IndexTable.Cell key={index}>
          <End>
            <MoneyText money={pair?.price} />
            {pair?.compareAtPrice ? (
              <Text as="p" tone="subdued" variant="bodySm">
                compare-at <MoneyText money={pair.compareAtPrice} />
              </Text>
            ) : null}
          </End>
        </IndexTable.Cell>
      ))}
    </>
  );
}

/** State as a badge; below it what a person should know: reason, verdict, warnings. */
export function ItemState({ item }: { item: PriceChangeItem }) {
  const words = ITEM_STATE_WORDS[item.state];
  return (
    <div style={{ whiteSpace: 'normal', maxWidth: '16rem' }}>
      <BlockStack gap="050" inlineAlign="start">
        <Badge tone={words.tone} progress={words.progress}>
          {words.label}
        </Badge>
        {item.reason ? (
          <Text as="span" variant="bodySm">
            {reasonWords(item.reason)}
          </Text>
        ) : null}
        {item.state === 'failed' && item.verdict ? (
          <Text as="span" variant="bodySm" tone="critical" breakWord>
            {verdictWords(item.verdict)}
          </Text>
        ) : null}
        {item.warnings.map((warning) => (
          <Text as="span" variant="bodySm" tone="caution" key={warning}>
            {warningWords(warning)}
          </Text>
        ))}
      </BlockStack>
    </div>
  );
}

/** `PRICE_TOO_HIGH: Price is too high` without its code. */
function verdictWords(verdict: string): string {
  return verdict.replace(/^[A-Za-z0-9_]+: /, '');
}

function WhyButton({ item, onExplain }: { item: PriceChangeItem; onExplain: (itemId: string) => void }) {
  return (
    <div onClick={(event) => event.stopPropagation()}>
      <Button variant="plain" onClick={() => onExplain(item.id)} accessibilityLabel={`Explain ${item.title || item.sku}`}>
        Explain
      </Button>
    </div>
  );
}

function CondensedItem({ item, rollback, known, onExplain }: { item: PriceChangeItem; rollback: boolean; known: ItemsTableProps['wrote']; onExplain: (itemId: string) => void }) {
  const { back, wrote, now } = threeWay(item, known);
  const after = item.after ?? item.before;
  return (
    <div style={{ padding: 'var(--p-space-300) var(--p-space-400)', width: '100%' }}>
      <BlockStack gap="150">
        <InlineStack align="space-between" gap="200" wrap={false} blockAlign="start">
          <ItemName item={item} />
          <WhyButton item={item} onExplain={onExplain} />
        </InlineStack>
        {rollback ? (
          <Text as="p" variant="bodySm">
            Before <MoneyText money={back?.price} /> · we wrote <MoneyText money={wrote?.price} /> · now <MoneyText money={now.price} />
          </Text>
        ) : (
          <>
            <InlineStack gap="200">
              <BeforeAfter before={item.before.price} after={after.price} />
              <PriceDifference before={item.before} after={item.after} />
            </InlineStack>
            {item.before.compareAtPrice || after.compareAtPrice ? (
              <Text as="p" variant="bodySm" tone="subdued">
                Compare-at <BeforeAfter before={item.before.compareAtPrice} after={after.compareAtPrice} />
              </Text>
            ) : null}
          </>
        )}
        <ItemState item={item} />
      </BlockStack>
    </div>
  );
}
