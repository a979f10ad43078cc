import { Badge, Banner, BlockStack, Box, Button, Card, Collapsible, EmptyState, FormLayout, InlineStack, Link, Page, Pagination, Select, Tag, Text, TextField } from '@shopify/polaris';
import type { AuditEntry } from '@calibr/types';
import { useId, useState } from 'react';
import { formatDateTimeSeconds } from '../format/time.ts';
import { downloadFile } from '../parts/download-file.ts';
import { FactList } from '../parts/fact-list.tsx';
import { useListLocation, type ListLocation } from '../parts/list-location.ts';
import { useActorWords, usePeople } from '../words/people.tsx';
import { actionWords, AUDIT_ENTITIES, entityWords, keyWords } from '../words/audit-words.ts';
import { actorOptions, AUDIT_FILTER_NAMES, auditQuery, changeOf, readAuditFilters, type AuditFilters } from './audit-filters.ts';

/** Who did what to which thing, and why: newest first, with filters, each entry explained on demand. */
export function AuditPage({ entries, changes, members, nextCursor, timeZone }: { entries: readonly AuditEntry[]; changes: Readonly<Record<string, string>>; members: readonly string[]; nextCursor: string | null; timeZone: string }) {
  const list = useListLocation(nextCursor);
  const filters = readAuditFilters(list.params);
  const filtered = Object.keys(filters).length > 0;
  const [download, setDownload] = useState<{ running: boolean; failed: string | null }>({ running: false, failed: null });

  const csv = async () => {
    setDownload({ running: true, failed: null });
    const query = new URLSearchParams(auditQuery(filters, timeZone));
    const failed = await downloadFile(`/api/v1/audit/report.csv${query.size > 0 ? `?${query}` : ''}`, 'calibrate-audit.csv');
    setDownload({ running: false, failed });
  };

  return (
    <Page
      title="Audit"
      subtitle={`Everything that was done, by whom and why. Entries are never changed or removed. Times are in ${timeZone}.`}
      secondaryActions={[{ content: 'Export CSV', onAction: csv, loading: download.running }]}
    >
      <BlockStack gap="400">
        {download.failed ? (
          <Banner tone="critical" title="The file was not downloaded" onDismiss={() => setDownload({ running: false, failed: null })}>
            <Text as="p">{download.failed}</Text>
          </Banner>
        ) : null}
        <AuditFilterCard list={list} filters={filters} entries={entries} members={members} />
        <Card padding="0">
          {entries.length === 0 && !filtered && !list.pagination.hasPrevious ? (
            <EmptyState heading="Nothing has happened yet" image="/illustrations/first-change.svg">
              <Text as="p">Syncs, rules, approvals and every written price will be listed here.</Text>
            </EmptyState>
          ) : entries.length === 0 ? (
            <Box padding="800">
              <BlockStack gap="300" inlineAlign="center">
                <Text as="p" tone="subdued">
                  No entry matches.
                </Text>
                <Button onClick={() => list.filterBy(Object.fromEntries(AUDIT_FILTER_NAMES.map((name) => [name, null])))}>Clear filters</Button>
              </BlockStack>
            </Box>
          ) : (
            <ol style={{ listStyle: 'none', margin: 0, padding: 0, opacity: list.loading ? 0.6 : 1 }}>
              {entries.map((entry, index) => (
                <AuditRow key={entry.id} entry={entry} changes={changes} first={index === 0} timeZone={timeZone} list={list} />
              ))}
            </ol>
          )}
          {list.pagination.hasNext || list.pagination.hasPrevious ? (
            <Box padding="300" borderBlockStartWidth="025" borderColor="border">
              <InlineStack align="center">
                <Pagination {...list.pagination} accessibilityLabel="Pages of the audit" />
              </InlineStack>
            </Box>
          ) : null}
        </Card>
      </BlockStack>
    </Page>
  );
}

function AuditFilterCard({ list, filters, entries, members }: { list: ListLocation; filters: AuditFilters; entries: readonly AuditEntry[]; members: readonly string[] }) {
  const people = usePeople();
  return (
    <Card>
      <FormLayout>
        <div style={{ display: 'grid', gap: 'var(--p-space-300)', gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 10rem), 1fr))' }}>
          <Select
            label="What"
            options={[{ label: 'Everything', value: '' }, ...AUDIT_ENTITIES.map((value) => ({ value, label: entityWords(value) }))]}
            value={filters.entity ?? ''}
            onChange={(entity) => list.filterBy({ entity, entityId: null })}
          />
          <Select label="Who" options={actorOptions([...members, ...entries.map((entry) => entry.actor)], filters.actor, people)} value={filters.actor ?? ''} onChange={(actor) => list.filterBy({ actor })} />
          <TextField label="From" type="date" value={filters.from ?? ''} onChange={(from) => list.filterBy({ from })} autoComplete="off" />
          <TextField label="To" type="date" value={filters.to ?? ''} onChange={(to) => list.filterBy({ to })} autoComplete="off" />
        </div>
        {filters.correlationId || filters.entityId ? (
          <InlineStack gap="200">
            {filters.correlationId ? <Tag onRemove={() => list.filterBy({ correlationId: null })}>Only what one request caused</Tag> : null}
            {filters.entityId ? <Tag onRemove={() => list.filterBy({ entityId: null })}>{`Only one ${entityWords(filters.entity ?? 'entry').toLowerCase()}`}</Tag> : null}
          </InlineStack>
        ) : null}
      </FormLayout>
    </Card>
  );
}

function linkOf(entry: AuditEntry): string | null {
  if (entry.entity === 'price_change') return `/app/changes/${entry.entityId}`;
  if (entry.entity === 'rule') return `/app/rules/${entry.entityId}`;
  const changeId = entry.explain.changeId;
  if (entry.entity === 'price_change_item' && typeof changeId === 'string') return `/app/changes/${changeId}?explain=${entry.entityId}`;
  return null;
}

function AuditRow({ entry, changes, first, timeZone, list }: { entry: AuditEntry; changes: Readonly<Record<string, string>>; first: boolean; timeZone: string; list: ListLocation }) {
  const actorWords = useActorWords();
  const [open, setOpen] = useState(false);
  const id = useId();
  const url = linkOf(entry);
  const name = changes[changeOf(entry) ?? ''] ?? entry.explain.name;
  return (
    <li style={{ borderBlockStart: first ? undefined : 'var(--p-border-width-025) solid var(--p-color-border)', padding: 'var(--p-space-300) var(--p-space-400)' }}>
      <BlockStack gap="150">
        <InlineStack align="space-between" gap="200" blockAlign="start">
          <InlineStack gap="200" align="start" blockAlign="center">
            <Badge>{entityWords(entry.entity)}</Badge>
            <Text as="h2" variant="headingSm">
              {actionWords(entry.action)}
            </Text>
            {typeof name === 'string' ? <Text as="span">{name}</Text> : null}
          </InlineStack>
          <Text as="span" tone="subdued" numeric>
            {formatDateTimeSeconds(entry.createdAt, timeZone)}
          </Text>
        </InlineStack>
        <InlineStack gap="300" blockAlign="center">
          <Text as="span" tone="subdued">
            {actorWords(entry.actor)}
          </Text>
          <Button variant="plain" disclosure={open ? 'up' : 'down'} ariaExpanded={open} ariaControls={id} onClick={() => setOpen(!open)} accessibilityLabel={`Explain entry ${entry.seq}`}>
            Explain
          </Button>
          {url ? <Link url={url}>{entry.entity === 'rule' ? 'Open the rule' : 'Open the change'}</Link> : null}
        </InlineStack>
        <Collapsible id={id} open={open}>
          <Box padding="300" background="bg-surface-secondary" borderRadius="200">
            <BlockStack gap="200">
              <FactList
                facts={[
                  ...Object.entries(entry.explain).map(([key, value]) => [keyWords(key), <ExplainValue key={key} value={value} />] as const),
                  ['Who', `${actorWords(entry.actor)} (${entry.actor})`],
                  ['Entry', entry.seq],
                  ['Of', entry.entityId],
                  ['Request', entry.requestId],
                  ['Trace id', entry.correlationId],
                  ['Fingerprint', entry.hash ? `${entry.hash.slice(0, 16)}…` : null],
                ]}
              />
              <InlineStack gap="300">
                <Button variant="plain" onClick={() => list.filterBy({ correlationId: entry.correlationId })}>
                  All that this request caused
                </Button>
                <Button variant="plain" onClick={() => list.filterBy({ actor: entry.actor })}>
                  All by the same
                </Button>
              </InlineStack>
            </BlockStack>
          </Box>
        </Collapsible>
      </BlockStack>
    </li>
  );
}

/** A fact behind an entry: plain where it is plain, readable JSON where it is a whole. */
function ExplainValue({ value }: { value: unknown }) {
  if (value === null || value === undefined) return <Text as="span" tone="subdued">none</Text>;
  if (typeof value === 'object') {
    return <pre style={{ margin: 0, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', font: 'inherit', fontFamily: 'var(--p-font-family-mono)' }}>{JSON.stringify(value, null, 2)}</pre>;
  }
  return <span>{String(value)}</span>;
}
