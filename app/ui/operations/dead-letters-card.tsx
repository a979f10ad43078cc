import { useFetcher } from '@remix-run/react';
import { Badge, Banner, BlockStack, Box, Button, ButtonGroup, Card, Checkbox, EmptyState, InlineStack, Link, Pagination, Select, Text, TextField } from '@shopify/polaris';
import type { OutboxMessage, OutboxSettleReport } from '@calibr/types';
import { useEffect, useState } from 'react';
import type { Problem } from '../../domain/kernel/result.ts';
import { formatQuantity } from '../format/count.ts';
import { formatDateTimeSeconds } from '../format/time.ts';
import { Inset } from '../parts/inset.tsx';
import type { ListLocation } from '../parts/list-location.ts';
import { ProblemBanner } from '../parts/problem-banner.tsx';
import { useSuccessToast } from '../parts/success-toast.ts';
import { useSettledText } from '../parts/use-debounced.ts';
import { OPERATIONS_PATH, type SettleAction } from './operations-form.ts';
import { SettleModal } from './settle-modal.tsx';

type Answer = { readonly settled: OutboxSettleReport; readonly action: SettleAction } | { readonly problem: Problem };

/** What is asked to be settled: some messages, or null for all that fit the filter. */
interface Asked {
  readonly action: SettleAction;
  readonly ids: readonly string[] | null;
}

const RULED = { listStyle: 'none', margin: 0, padding: 0 } as const;

/** Messages that were given up: why, and again or never. */
export function DeadLettersCard({ messages, dead, topics, list, timeZone }: { messages: readonly OutboxMessage[]; dead: number; topics: readonly string[]; list: ListLocation; timeZone: string }) {
  const fetcher = useFetcher<Answer>();
  const busy = fetcher.state !== 'idle';
  const answer = busy ? undefined : fetcher.data;
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [asked, setAsked] = useState<Asked | null>(null);
  const topic = list.params.get('topic') ?? '';
  const [aggregate, setAggregate] = useSettledText(list.params.get('aggregate') ?? '', (text) => list.filterBy({ aggregate: text.trim() }));
  const filtered = topic !== '' || (list.params.get('aggregate') ?? '') !== '';

  // A choice belongs to the rows that are there.
  useEffect(() => setChosen((before) => before.filter((id) => messages.some((message) => message.id === id))), [messages]);
  const settled = answer && 'settled' in answer ? answer : null;
  useSuccessToast(settled && settled.settled.settled.length > 0 ? doneWords(settled.action, settled.settled.settled.length) : null, answer);

  const confirm = (reason: string) => {
    if (!asked) return;
    const which: Record<string, string> = asked.ids ? { ids: asked.ids.join(',') } : { topic, aggregate: list.params.get('aggregate') ?? '' };
    fetcher.submit({ intent: 'settle', action: asked.action, reason, ...which }, { method: 'post', action: OPERATIONS_PATH });
    setAsked(null);
  };

  return (
    <BlockStack gap="200">
      <Inset>
        <InlineStack gap="200" align="start" blockAlign="center">
          <Text as="h2" variant="headingMd">
            Dead letters
          </Text>
          {dead > 0 ? <Badge tone="critical">{String(dead)}</Badge> : null}
        </InlineStack>
      </Inset>
      {answer && 'problem' in answer ? <ProblemBanner problem={answer.problem} title="Nothing was changed" /> : null}
      {settled && settled.settled.notDead.length > 0 ? (
        <Banner tone="warning" title={`${formatQuantity(settled.settled.notDead.length, 'message was', 'messages were')} no longer dead`}>
          <Text as="p">Somebody else settled them meanwhile.</Text>
        </Banner>
      ) : null}
      <Card padding="0">
        {dead > 0 || filtered ? (
          <Box padding="400" borderBlockEndWidth="025" borderColor="border">
            <div style={{ display: 'grid', gap: 'var(--p-space-300)', gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 12rem), 1fr))' }}>
              <Select label="Event" options={[{ label: 'All events', value: '' }, ...[...new Set([...topics, ...(topic ? [topic] : [])])].map((value) => ({ label: value, value }))]} value={topic} onChange={(value) => list.filterBy({ topic: value })} />
              <TextField label="Of" placeholder="price_change:…" value={aggregate} onChange={setAggregate} autoComplete="off" />
            </div>
          </Box>
        ) : null}
        {messages.length === 0 ? (
          filtered ? (
            <Box padding="800">
              <BlockStack gap="300" inlineAlign="center">
                <Text as="p" tone="subdued">
                  No dead letter fits.
                </Text>
                <Button onClick={() => list.filterBy({ topic: null, aggregate: null })}>Clear filters</Button>
              </BlockStack>
            </Box>
          ) : (
            <EmptyState heading="Nothing got stuck" image="/illustrations/first-change.svg">
              <Text as="p">An event that nobody could be told of, after several attempts, is listed here with the reason. Then you decide: again, or never.</Text>
            </EmptyState>
          )
        ) : (
          <>
            <Box padding="300" paddingInline="400" borderBlockEndWidth="025" borderColor="border">
              <InlineStack align="space-between" blockAlign="center" gap="200">
                <Checkbox
                  label={chosen.length > 0 ? `${formatQuantity(chosen.length, 'message', 'messages')} chosen` : 'Choose all on this page'}
                  checked={chosen.length === 0 ? false : chosen.length === messages.length ? true : 'indeterminate'}
                  onChange={(on) => setChosen(on ? messages.map(({ id }) => id) : [])}
                />
                <ButtonGroup>
                  <Button disabled={chosen.length === 0} loading={busy} onClick={() => setAsked({ action: 'retry', ids: chosen })}>
                    Tell again
                  </Button>
                  <Button tone="critical" disabled={chosen.length === 0} loading={busy} onClick={() => setAsked({ action: 'discard', ids: chosen })}>
                    Discard
                  </Button>
                </ButtonGroup>
              </InlineStack>
              {filtered ? (
                <InlineStack gap="300">
                  <Button variant="plain" onClick={() => setAsked({ action: 'retry', ids: null })}>
                    Tell all that fit again
                  </Button>
                  <Button variant="plain" tone="critical" onClick={() => setAsked({ action: 'discard', ids: null })}>
                    Discard all that fit
                  </Button>
                </InlineStack>
              ) : null}
            </Box>
            <ul style={{ ...RULED, opacity: list.loading ? 0.6 : 1 }}>
              {messages.map((message) => (
                <DeadLetter
                  key={message.id}
                  message={message}
                  timeZone={timeZone}
                  chosen={chosen.includes(message.id)}
                  onChoose={(on) => setChosen(on ? [...chosen, message.id] : chosen.filter((id) => id !== message.id))}
                  onOpen={() => list.show('message', message.id)}
                />
              ))}
            </ul>
          </>
        )}
        {list.pagination.hasNext || list.pagination.hasPrevious ? (
          <Box padding="300">
            <InlineStack align="center">
              <Pagination {...list.pagination} accessibilityLabel="Pages of dead letters" />
            </InlineStack>
          </Box>
        ) : null}
      </Card>
      {asked ? <SettleModal action={asked.action} count={asked.ids?.length ?? null} loading={busy} onConfirm={confirm} onClose={() => setAsked(null)} /> : null}
    </BlockStack>
  );
}

function doneWords(action: SettleAction, count: number): string {
  const what = formatQuantity(count, 'message', 'messages');
  return action === 'retry' ? `${what} told again` : `${what} discarded`;
}

function DeadLetter({ message, timeZone, chosen, onChoose, onOpen }: { message: OutboxMessage; timeZone: string; chosen: boolean; onChoose: (on: boolean) => void; onOpen: () => void }) {
  const [kind, id] = message.aggregate.split(/:(.*)/s);
  return (
    <li style={{ borderBlockStart: 'var(--p-border-width-025) solid var(--p-color-border)', padding: 'var(--p-space-300) var(--p-space-400)' }}>
      <InlineStack gap="200" wrap={false} blockAlign="start">
        <Checkbox label={`Choose ${message.topic}, number ${message.eventSeq}`} labelHidden checked={chosen} onChange={onChoose} />
        <div style={{ minWidth: 0, flex: 1 }}>
          <BlockStack gap="100">
            <InlineStack gap="200" align="space-between" blockAlign="center">
              <Text as="h3" variant="headingSm" breakWord>
                {message.topic}
              </Text>
              <Text as="span" tone="subdued" numeric>
                {formatDateTimeSeconds(message.createdAt, timeZone)}
              </Text>
            </InlineStack>
            <Text as="p" tone="critical" breakWord>
              {message.error ?? 'No reason was kept'}
            </Text>
            <InlineStack gap="300" blockAlign="center">
              <Text as="span" tone="subdued">
                {formatQuantity(message.attempts, 'attempt', 'attempts')}
              </Text>
              <Button variant="plain" onClick={onOpen} accessibilityLabel={`Show the event of ${message.topic}, number ${message.eventSeq}`}>
                Show the event
              </Button>
              {kind === 'price_change' ? <Link url={`/app/changes/${id ?? ''}`}>Open the change</Link> : kind === 'rule' ? <Link url={`/app/rules/${id ?? ''}`}>Open the rule</Link> : null}
            </InlineStack>
          </BlockStack>
        </div>
      </InlineStack>
    </li>
  );
}
