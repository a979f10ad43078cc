import { Badge, BlockStack, Card, EmptyState, IndexFilters, IndexFiltersMode, IndexTable, InlineStack, Link, Page, Text, useBreakpoints, useSetIndexFiltersMode } from '@shopify/polaris';
import type { PriceChange, PriceChangeState } from '@calibr/types';
import { formatCount } from '../format/count.ts';
import { formatSignedPercent } from '../format/money.ts';
import { formatDateTime } from '../format/time.ts';
import { useListLocation } from '../parts/list-location.ts';
import { useActorWords } from '../words/people.tsx';
import { CHANGE_KIND_LABELS, stateWordsOf } from '../words/change-words.ts';
import { runWords } from './run-words.ts';
import { may, type Role } from '../words/role-words.ts';

const TABS: readonly { readonly id: string; readonly content: string; readonly state: PriceChangeState | null }[] = [
  { id: 'all', content: 'All', state: null },
  { id: 'draft', content: 'Drafts', state: 'draft' },
  { id: 'previewed', content: 'To approve', state: 'previewed' },
  { id: 'approved', content: 'Approved', state: 'approved' },
  { id: 'applying', content: 'Applying', state: 'applying' },
  { id: 'paused', content: 'Paused', state: 'paused' },
  { id: 'applied', content: 'Applied', state: 'applied' },
  { id: 'ended', content: 'Ended', state: 'ended' },
  { id: 'partially_applied', content: 'Partly applied', state: 'partially_applied' },
  { id: 'failed', content: 'Failed', state: 'failed' },
];

/** Price changes, newest first. */
export function ChangesPage({ changes, nextCursor, role, timeZone }: { changes: readonly PriceChange[]; nextCursor: string | null; role: Role; timeZone: string }) {
  const condensed = useBreakpoints().smDown;
  const list = useListLocation(nextCursor);
  const { mode, setMode } = useSetIndexFiltersMode(IndexFiltersMode.Default);
  const state = list.params.get('state');
  const none = changes.length === 0 && !state && !list.pagination.hasPrevious;
  const write = may(role, 'editor') ? { content: 'Create rule', url: '/app/rules/new' } : undefined;

  return (
    <Page fullWidth title="Changes" subtitle={none ? undefined : `Times are in ${timeZone}.`} primaryAction={write}>
      <Card padding="0">
        {none ? (
          <EmptyState heading="No price change yet" image="/illustrations/first-change.svg" action={write} secondaryAction={{ content: 'See rules', url: '/app/rules' }}>
            <Text as="p">A change starts from a rule. You see every price before and after, approve that plan, and apply it when you are ready.</Text>
          </EmptyState>
        ) : (
          <>
            <IndexFilters
              mode={mode}
              setMode={setMode}
              tabs={TABS.map((tab, index) => ({ id: tab.id, content: tab.content, index, isLocked: true }))}
              selected={Math.max(0, TABS.findIndex((tab) => tab.state === state))}
              onSelect={(index) => list.filterBy({ state: TABS[index]?.state ?? null })}
              canCreateNewView={false}
              filters={[]}
              hideFilters
              hideQueryField
              queryValue=""
              onQueryChange={() => undefined}
              onQueryClear={() => undefined}
              onClearAll={() => list.filterBy({ state: null })}
              loading={list.loading}
              disableStickyMode
              disableKeyboardShortcuts
            />
            <IndexTable
              condensed={condensed}
              selectable={false}
              resourceName={{ singular: 'price change', plural: 'price changes' }}
              itemCount={changes.length}
              loading={list.loading}
              headings={[{ title: 'Name' }, { title: 'State' }, { title: 'Chosen', alignment: 'end' }, { title: 'To change', alignment: 'end' }, { title: 'Blocked', alignment: 'end' }, { title: 'Average', alignment: 'end' }, { title: 'Runs' }, { title: 'Made' }]}
              pagination={list.pagination}
              emptyState={
                <div style={{ padding: 'var(--p-space-800)' }}>
                  <Text as="p" alignment="center" tone="subdued">
                    No price change is in this state.
                  </Text>
                </div>
              }
            >
              {changes.map((change, index) => (
                <IndexTable.Row key={change.id} id={change.id} position={index}>
                  {condensed ? <CondensedChange change={change} timeZone={timeZone} /> : <ChangeCells change={change} timeZone={timeZone} />}
                </IndexTable.Row>
              ))}
            </IndexTable>
          </>
        )}
      </Card>
    </Page>
  );
}

function ChangeLink({ change }: { change: PriceChange }) {
  return (
    <Link dataPrimaryLink monochrome removeUnderline url={`/app/changes/${change.id}`}>
      <Text as="span" fontWeight="semibold">
        {change.name}
      </Text>
    </Link>
  );
}

function StateBadges({ change }: { change: PriceChange }) {
  const words = stateWordsOf(change);
  return (
    <InlineStack gap="100">
      <Badge tone={words.tone} progress={words.progress}>
        {change.activity === 'previewing' ? 'Planning' : words.label}
      </Badge>
      {change.kind === 'change' ? null : <Badge>{CHANGE_KIND_LABELS[change.kind]}</Badge>}
      {change.target ? <Badge>{change.target.name}</Badge> : null}
    </InlineStack>
  );
}

function averageOf(change: PriceChange): string {
  const average = change.summary?.averageChangePercent;
  return average ? formatSignedPercent(average) : '–';
}

function ChangeCells({ change, timeZone }: { change: PriceChange; timeZone: string }) {
  const actorWords = useActorWords();
  const { summary } = change;
  const count = (value: number | undefined) => (
    <Text as="p" alignment="end" numeric>
      {value === undefined ? '–' : formatCount(value)}
    </Text>
  );
  return (
    <>
      <IndexTable.Cell>
        <div style={{ whiteSpace: 'normal', maxWidth: '22rem', overflowWrap: 'anywhere' }}>
          <ChangeLink change={change} />
        </div>
      </IndexTable.Cell>
      <IndexTable.Cell>
        <StateBadges change={change} />
      </IndexTable.Cell>
      <IndexTable.Cell>{count(summary?.selected)}</IndexTable.Cell>
      <IndexTable.Cell>{count(summary?.planned)}</IndexTable.Cell>
      <IndexTable.Cell>{count(summary?.blocked)}</IndexTable.Cell>
      <IndexTable.Cell>
        <Text as="p" alignment="end" numeric>
          {averageOf(change)}
        </Text>
      </IndexTable.Cell>
      <IndexTable.Cell>
        <Runs change={change} timeZone={timeZone} />
      </IndexTable.Cell>
      <IndexTable.Cell>
        {formatDateTime(change.createdAt, timeZone)}
        <Text as="p" tone="subdued" variant="bodySm">
          {actorWords(change.createdBy)}
        </Text>
      </IndexTable.Cell>
    </>
  );
}

/** Start and end below each other; of what has none, when somebody applies it. */
function Runs({ change, timeZone }: { change: PriceChange; timeZone: string }) {
  const { first, second } = runWords(change, timeZone);
  return (
    <>
      <Text as="span" tone={first ? undefined : 'subdued'}>
        {first ?? '–'}
      </Text>
      {second ? (
        <Text as="p" tone="subdued" variant="bodySm">
          {second}
        </Text>
      ) : null}
    </>
  );
}

function CondensedChange({ change, timeZone }: { change: PriceChange; timeZone: string }) {
  return (
    <div style={{ padding: 'var(--p-space-300) var(--p-space-400)', width: '100%' }}>
      <BlockStack gap="100">
        <ChangeLink change={change} />
        <StateBadges change={change} />
        <Text as="p" variant="bodySm" tone="subdued">
          {change.summary ? `${formatCount(change.summary.planned)} of ${formatCount(change.summary.selected)} to change, average ${averageOf(change)} · ` : ''}
          made {formatDateTime(change.createdAt, timeZone)}
        </Text>
        <CondensedRun change={change} timeZone={timeZone} />
      </BlockStack>
    </div>
  );
}

function CondensedRun({ change, timeZone }: { change: PriceChange; timeZone: string }) {
  const { first, second } = runWords(change, timeZone);
  if (!first) return null;
  return (
    <Text as="p" variant="bodySm">
      {[first, second].filter(Boolean).join(', ')}
    </Text>
  );
}
