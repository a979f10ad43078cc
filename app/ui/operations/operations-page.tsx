import { BlockStack, Page } from '@shopify/polaris';
import type { BusState, OutboxMessage, OutboxMessageDetail } from '@calibr/types';
import { useRevalidator } from '@remix-run/react';
import { useListLocation } from '../parts/list-location.ts';
import { BusCard } from './bus-card.tsx';
import { DeadLettersCard } from './dead-letters-card.tsx';
import { LogsCard } from './logs-card.tsx';
import { MessagePanel } from './message-panel.tsx';
import { ProjectionsCard } from './projections-card.tsx';

export interface OperationsPageData {
  readonly bus: BusState;
  readonly messages: readonly OutboxMessage[];
  readonly nextCursor: string | null;
  /** The message that is looked at, with its event. */
  readonly message: OutboxMessageDetail | null;
  readonly timeZone: string;
}

/** How work is passed on inside Calibrate, and what to do where it got stuck. */
export function OperationsPage({ bus, messages, nextCursor, message, timeZone }: OperationsPageData) {
  const list = useListLocation(nextCursor);
  const { revalidate, state } = useRevalidator();
  return (
    <Page
      title="Operations"
      subtitle={`How work is passed on inside Calibrate, and what to do where it got stuck. Times are in ${timeZone}.`}
      secondaryActions={[{ content: 'Refresh', onAction: revalidate, loading: state === 'loading' }]}
    >
      <BlockStack gap="400">
        <BusCard bus={bus} />
        <DeadLettersCard messages={messages} dead={bus.dead} topics={bus.topics.filter(({ dead }) => dead > 0).map(({ topic }) => topic)} list={list} timeZone={timeZone} />
        <ProjectionsCard />
        <LogsCard logs={bus.logs} timeZone={timeZone} />
      </BlockStack>
      {message ? <MessagePanel detail={message} timeZone={timeZone} onClose={() => list.show('message', null)} /> : null}
    </Page>
  );
}
