import { useFetcher } from '@remix-run/react';
import { Banner, BlockStack, Button, Card, InlineStack, Link, Modal, Text } from '@shopify/polaris';
import type { PriceChange } from '@calibr/types';
import { useEffect, useState } from 'react';
import { NOT_AUTOMATIC } from '../../domain/policies/approvals.ts';
import { formatDateTime } from '../format/time.ts';
import { FactList } from '../parts/fact-list.tsx';
import { ProblemBanner } from '../parts/problem-banner.tsx';
import { useReturnFocus } from '../parts/return-focus.ts';
import { useSuccessToast } from '../parts/success-toast.ts';
import { scheduleErrors, type ScheduleDraft } from '../rules/schedule-draft.ts';
import { ScheduleFields } from '../rules/schedule-fields.tsx';
import { ScheduleRuns } from '../rules/schedule-runs.tsx';
import { scheduleWords } from '../rules/schedule-words.ts';
import { CHANGE_KIND_LABELS, stateWordsOf } from '../words/change-words.ts';
import { may, type Role } from '../words/role-words.ts';
import type { ChangeAnswer } from './change-page.tsx';

/** When the change runs, in the shop's zone and its own, what comes after it, and changing that while it waits. */
export function TimingCard({ change, role, timeZone }: { change: PriceChange; role: Role; timeZone: string }) {
  const [editing, setEditing] = useState(false);
  const changes = may(role, 'approver') && (change.state === 'approved' || change.state === 'scheduled');
  const { schedule, children = [] } = change;
  if (!schedule && !changes && children.length === 0) return null;
  return (
    <Card>
      <BlockStack gap="300">
        <InlineStack align="space-between" blockAlign="center" gap="200">
          <Text as="h2" variant="headingSm">
            When it runs
          </Text>
          {changes ? <Button onClick={() => setEditing(true)}>{schedule ? 'Change schedule' : 'Schedule'}</Button> : null}
        </InlineStack>
        {schedule ? <Text as="p">{scheduleWords(schedule)}.</Text> : <Text as="p">When someone applies it.</Text>}
        <FactList
          facts={[
            ['Starts', schedule && change.startsAt ? formatDateTime(change.startsAt, timeZone) : null],
            ['Ends', change.endsAt ? formatDateTime(change.endsAt, timeZone) : null],
            ['Part of', change.seriesId && change.seriesId !== change.id ? <Link url={change.seriesId === change.ruleId ? `/app/rules/${change.seriesId}` : `/app/changes/${change.seriesId}`}>{change.seriesId === change.ruleId ? 'the runs of its rule' : 'a series'}</Link> : null],
            ['Made for', change.parentId ? <Link url={`/app/changes/${change.parentId}`}>another change</Link> : null],
          ]}
        />
        {schedule?.recurrence || schedule?.timeZone !== timeZone ? <ScheduleRuns runs={change.nextRuns ?? []} timeZone={timeZone} zone={schedule?.timeZone ?? timeZone} /> : null}
        {children.length ? (
          <BlockStack gap="100">
            <Text as="h3" variant="headingXs">
              Made for this change
            </Text>
            {children.map((child) => (
              <Text as="p" key={child.id}>
                <Link url={`/app/changes/${child.id}`}>{CHANGE_KIND_LABELS[child.kind]}</Link> {stateWordsOf({ state: child.state, schedule: null }).label.toLowerCase()}, {formatDateTime(child.createdAt, timeZone)}
              </Text>
            ))}
          </BlockStack>
        ) : null}
      </BlockStack>
      {editing ? <ScheduleModal change={change} timeZone={timeZone} onClose={() => setEditing(false)} /> : null}
    </Card>
  );
}

function ScheduleModal({ change, timeZone, onClose }: { change: PriceChange; timeZone: string; onClose: () => void }) {
  const fetcher = useFetcher<ChangeAnswer>();
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const [schedule, setSchedule] = useState<NonNullable<ScheduleDraft>>(change.schedule ? { ...change.schedule } : { startAt: `${tomorrow}T00:00:00`, timeZone });
  useReturnFocus();
  const [tried, setTried] = useState(false);
  const errors = scheduleErrors(schedule);
  const busy = fetcher.state !== 'idle';
  const answer = busy ? undefined : fetcher.data;
  const problem = answer && 'problem' in answer ? answer.problem : null;
  const done = answer && 'done' in answer ? answer.done : null;
  useSuccessToast(done, answer);
  useEffect(() => {
    if (done) onClose();
  }, [done]);
  const save = () => {
    setTried(true);
    if (errors.length === 0) fetcher.submit({ intent: 'schedule', schedule: JSON.stringify(schedule) }, { method: 'post' });
  };
  return (
    <Modal open title="When it runs" onClose={onClose} primaryAction={{ content: 'Save schedule', onAction: save, loading: busy }} secondaryActions={[{ content: 'Go back', onAction: onClose, disabled: busy }]}>
      <Modal.Section>
        <BlockStack gap="400">
          {problem ? <ProblemBanner problem={problem} title="The schedule was not saved" /> : null}
          <ScheduleFields
            schedule={schedule}
            onChange={(next) => next && setSchedule(next)}
            error={(pointer) => {
              const own = errors.find((one) => one.pointer === pointer);
              return own && (tried || own.code !== 'wrong_value') ? own.message : undefined;
            }}
            timeZone={timeZone}
            disabled={busy}
            required
          />
        </BlockStack>
      </Modal.Section>
    </Modal>
  );
}

const STALE: Readonly<Record<string, string>> = {
  rule_changed: 'Its rule has another version now, or is gone.',
  policy_changed: 'The policies of your shop changed.',
  prices_moved: 'Prices or costs of its rows moved since.',
  currency_changed: 'The shop sells in another currency since. Make a new price change.',
};

/** What a person should know about the change, and that its plan no longer fits, with what can be done about it. */
export function NoticeBanners({ change, onPreview }: { change: PriceChange; onPreview: (() => void) | null }) {
  const stale = change.activity === null ? change.staleReason : null;
  const approved = change.state !== 'previewed';
  return (
    <>
      {stale ? (
        <Banner tone="warning" title={approved ? 'Rows of this plan no longer fit' : 'This plan no longer fits'} action={onPreview && !approved ? { content: 'Preview again', onAction: onPreview } : undefined}>
          <Text as="p">{STALE[stale] ?? 'What it was made from moved since.'} {approved ? 'Prices that moved are not written over: those rows end as conflicts. Re-plan the stale rows to have them written too.' : 'Preview it again before approving it.'}</Text>
        </Banner>
      ) : null}
      {change.note && !change.note.startsWith(NOT_AUTOMATIC) ? (
        <Banner tone="info">
          <Text as="p">{change.note}</Text>
        </Banner>
      ) : null}
    </>
  );
}
