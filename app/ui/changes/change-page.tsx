import { useFetcher } from '@remix-run/react';
import { Badge, Banner, BlockStack, Box, Card, InlineStack, Link, Page, Text } from '@shopify/polaris';
import type { ConflictChoice, PriceChange, PriceChangeItem, PriceOverlap, PricePair } from '@calibr/types';
import { useState } from 'react';
import type { Problem } from '../../domain/kernel/result.ts';
import { formatDateTime } from '../format/time.ts';
import { CopyText } from '../parts/copy-text.tsx';
import { downloadFile } from '../parts/download-file.ts';
import { useListLocation } from '../parts/list-location.ts';
import { FactList } from '../parts/fact-list.tsx';
import { Inset } from '../parts/inset.tsx';
import { ProblemBanner } from '../parts/problem-banner.tsx';
import { useSuccessToast } from '../parts/success-toast.ts';
import { limitWords, selectorInFull, transformWords } from '../rules/rule-words.ts';
import { useActorWords } from '../words/people.tsx';
import { CHANGE_KIND_LABELS, stateWordsOf } from '../words/change-words.ts';
import { may, type Role } from '../words/role-words.ts';
import { pauseTitle } from './canary-words.ts';
import { ApprovalCard } from './approval-card.tsx';
import { FindingsBanner } from './approval-findings.tsx';
import { changeActions, INTENT_WORDS, type ChangeIntent } from './change-actions.ts';
import { ActionConfirmation, CONFIRMED } from './confirmations.tsx';
import { ConflictSection } from './conflict-section.tsx';
import { EffectSection } from './effect-section.tsx';
import { ExplainPanel } from './explain-panel.tsx';
import { ItemFilterBar } from './item-filter-bar.tsx';
import { ItemsTable } from './items-table.tsx';
import { OverlapCard } from './overlap-card.tsx';
import { useLiveChange } from './live-change.ts';
import { downloadPreviousPrices } from './previous-prices.tsx';
import { ProgressCard } from './progress-card.tsx';
import { endWords } from './run-words.ts';
import { ReferencePricesCard } from './reference-prices-card.tsx';
import { ReasonList, SummaryCards } from './summary-cards.tsx';
import { NoticeBanners, TimingCard } from './timing-card.tsx';

export interface ChangePageData {
  readonly change: PriceChange;
  readonly overlaps: readonly PriceOverlap[];
  readonly items: readonly PriceChangeItem[];
  readonly nextCursor: string | null;
  readonly wrote: Readonly<Record<string, PricePair>>;
  readonly conflicts: readonly PriceChangeItem[];
  readonly role: Role;
  /** Who looks, as an actor: `user:42`. */
  readonly me: string;
  readonly timeZone: string;
}

/** Answer of the page's actions; what makes another change answers with a redirect to it. */
export type ChangeAnswer = { readonly problem: Problem; readonly intent: string } | { readonly done: string };

/** The others are in a menu: as many as fit beside the title before Polaris has measured them, so that nothing below moves when it has. */
const SHOWN_ACTIONS = 2;

/** One price change from draft to its ending: what it would do, what to do next, how it goes, and every row. */
export function ChangePage({ change: loaded, overlaps, items, nextCursor, wrote, conflicts, role, me, timeZone }: ChangePageData) {
  const { change, connection } = useLiveChange(loaded);
  const list = useListLocation(nextCursor);
  const fetcher = useFetcher<ChangeAnswer>();
  const decision = useFetcher<ChangeAnswer>();
  const [asking, setAsking] = useState<ChangeIntent | null>(null);
  const [download, setDownload] = useState<{ running: boolean; failed: string | null }>({ running: false, failed: null });

  const submitting = fetcher.state !== 'idle';
  const doing = fetcher.formData?.get('intent')?.toString() ?? null;
  const answer = submitting ? undefined : fetcher.data;
  const problem = answer && 'problem' in answer ? answer.problem : null;
  const decided = decision.state === 'idle' ? decision.data : undefined;
  const decisionProblem = decided && 'problem' in decided ? decided.problem : null;
  useSuccessToast(answer && 'done' in answer ? answer.done : null, answer);
  useSuccessToast(decided && 'done' in decided ? decided.done : null, decided);

  const actions = changeActions(change, role, me);
  const state = stateWordsOf(change);
  const explained = list.params.get('explain');

  const run = (intent: ChangeIntent, fields: Record<string, string> = {}) => {
    setAsking(null);
    fetcher.submit({ intent, planHash: change.planHash ?? '', ...fields }, { method: 'post' });
  };
  const start = (intent: ChangeIntent) => (CONFIRMED.includes(intent) ? setAsking(intent) : run(intent));
  const action = (intent: ChangeIntent) => ({
    content: intent === 'preview' && change.state !== 'draft' ? 'Preview again' : intent === 'apply' && change.schedule ? 'Start now' : INTENT_WORDS[intent].label,
    onAction: () => start(intent),
    loading: submitting && doing === intent,
    disabled: submitting,
  });
  const csv = async () => {
    setDownload({ running: true, failed: null });
    const failed = await downloadFile(`/api/v1/price-changes/${change.id}/items.csv`, `${change.name.replaceAll(/[^\p{L}\p{N}]+/gu, '-')}.csv`);
    setDownload({ running: false, failed });
  };
  const previous = async () => {
    setDownload({ running: true, failed: null });
    setDownload({ running: false, failed: await downloadPreviousPrices(change) });
  };
  const others = actions.others.map((intent) => ({ ...action(intent), destructive: intent === 'reject' || intent === 'cancel' }));
  const files = change.summary ? [{ content: 'Download CSV', onAction: csv, disabled: download.running }, ...(change.target ? [] : [{ content: 'Download previous prices', onAction: previous, disabled: download.running }])] : [];
  const rest = [...others.slice(SHOWN_ACTIONS).map(({ content, onAction, disabled, destructive }) => ({ content, onAction, disabled, destructive })), ...files];
  const again = change.kind === 'rollback' ? null : { content: 'Preview again', onAction: () => run('preview'), loading: submitting && doing === 'preview' };

  return (
    <Page
      fullWidth
      title={change.name}
      titleMetadata={
        <InlineStack gap="100">
          <Badge tone={state.tone} progress={state.progress}>
            {state.label}
          </Badge>
          {change.kind === 'change' ? null : <Badge>{CHANGE_KIND_LABELS[change.kind]}</Badge>}
          {change.target ? <Badge>{`${change.target.name}, ${change.currencyCode}`}</Badge> : null}
        </InlineStack>
      }
      backAction={{ content: 'Changes', url: '/app/changes' }}
      primaryAction={actions.dominant ? action(actions.dominant) : undefined}
      secondaryActions={others.slice(0, SHOWN_ACTIONS)}
      actionGroups={rest.length > 0 ? [{ title: 'More actions', actions: rest }] : []}
    >
      <BlockStack gap="400">
        <Inset>
          <Text as="p">{change.activity === 'previewing' ? 'The plan is being made.' : change.writesStopped && change.state === 'applying' ? 'All writes to your store are stopped. This change keeps its place and goes on when they are resumed.' : [state.help, endWords(change, timeZone)].filter(Boolean).join(' ')}</Text>
        </Inset>
        {problem ? <ProblemBanner problem={problem} action={problem.code === 'stale_plan' && again ? again : undefined} /> : null}
        {decisionProblem ? <ProblemBanner problem={decisionProblem} title="The conflict was not decided" /> : null}
        {download.failed ? (
          <Banner tone="critical" title="The file was not downloaded" onDismiss={() => setDownload({ running: false, failed: null })}>
            <Text as="p">{download.failed}</Text>
          </Banner>
        ) : null}
        {change.failure ? (
          <Banner tone="critical" title="It stopped">
            <Text as="p">{change.failure}</Text>
          </Banner>
        ) : null}
        {change.state === 'paused' && change.pauseReason ? (
          <Banner tone={change.pauseCode === 'canary_done' && change.canary?.withinLimits ? 'info' : 'warning'} title={pauseTitle(change)}>
            <Text as="p">{change.pauseReason}</Text>
          </Banner>
        ) : null}
        <NoticeBanners change={change} onPreview={again && may(role, 'editor') ? () => run('preview') : null} />
        {actions.missing ? (
          <Banner tone="info">
            <Text as="p">{actions.missing}</Text>
          </Banner>
        ) : null}
        <ProgressCard change={change} connection={connection} role={role} />
        <ConflictSection
          conflicts={conflicts}
          total={change.progress?.conflict ?? conflicts.length}
          timeZone={timeZone}
          mayDecide={may(role, 'approver')}
          deciding={decision.state === 'idle' ? null : (decision.formData?.get('itemId')?.toString() ?? '')}
          onDecide={(itemId: string, choice: ConflictChoice) => decision.submit({ intent: 'resolve', itemId, choice }, { method: 'post' })}
        />
        <FindingsBanner change={change} />
        {change.summary ? <ReferencePricesCard summary={change.summary} /> : null}
        {change.summary ? <SummaryCards summary={change.summary} /> : null}
        <OverlapCard change={change} overlaps={overlaps} timeZone={timeZone} />
        {change.summary ? <EffectSection summary={change.summary} market={change.target?.name ?? null} timeZone={timeZone} onExplain={(itemId) => list.show('explain', itemId)} /> : null}
        <div style={{ display: 'flex', flexWrap: 'wrap', gap: 'var(--p-space-400)', alignItems: 'stretch' }}>
          <div style={{ flex: '3 1 24rem', minWidth: 0 }}>
            <BlockStack gap="400">
              <PlanFacts change={change} timeZone={timeZone} />
              <TimingCard change={change} role={role} timeZone={timeZone} />
            </BlockStack>
          </div>
          {change.approvals ? (
            <div style={{ flex: '2 1 20rem', minWidth: 0 }}>
              <ApprovalCard change={change} role={role} timeZone={timeZone} />
            </div>
          ) : null}
          <ReasonList change={change} urlOf={(reason) => `?outcome=blocked&reason=${encodeURIComponent(reason)}`} />
        </div>
        {change.summary ? (
          <Card padding="0">
            <ItemFilterBar change={change} list={list} />
            <ItemsTable
              change={change}
              items={items}
              wrote={wrote}
              list={list}
              onExplain={(itemId) => list.show('explain', itemId)}
              onRollBack={actions.dominant === 'rollBack' ? (itemIds) => run('rollBack', { itemIds: JSON.stringify(itemIds) }) : null}
            />
          </Card>
        ) : null}
      </BlockStack>
      {asking ? (
        <ActionConfirmation
          intent={asking}
          change={change}
          loading={submitting}
          onClose={() => setAsking(null)}
          onConfirm={(comment, options) => run(asking, { ...options, ...(comment ? { comment } : {}) })}
        />
      ) : null}
      {explained ? <ExplainPanel changeId={change.id} itemId={explained} timeZone={timeZone} onClose={() => list.show('explain', null)} /> : null}
    </Page>
  );
}

function PlanFacts({ change, timeZone }: { change: PriceChange; timeZone: string }) {
  const actorWords = useActorWords();
  const { rule } = change;
  return (
    <Card>
      <BlockStack gap="200">
        <Text as="h2" variant="headingSm">
          {change.kind === 'rollback' ? 'What is put back' : 'The rule of this change'}
        </Text>
        {change.kind === 'rollback' ? (
          <Text as="p">
            Every price goes back to what it was before{' '}
            {change.rollbackOf ? <Link url={`/app/changes/${change.rollbackOf}`}>the change</Link> : 'the change'}. A price that someone changed since then stays as it is.
          </Text>
        ) : (
          <BlockStack gap="100">
            <FactList
              facts={[
                ['Variants', selectorInFull(rule.selector)],
                ['New price', transformWords(rule.transform)],
                ['Limits', limitWords(rule.transform)],
              ]}
            />
            {change.ruleId ? (
              <Text as="p">
                <Link url={`/app/rules/${change.ruleId}`}>Open the rule{change.ruleVersion ? ` (this plan: version ${change.ruleVersion})` : ''}</Link>
              </Text>
            ) : null}
          </BlockStack>
        )}
        {change.target ? (
          <Text as="p">
            For the market of the price list {change.target.name}, in {change.currencyCode}: {change.kind === 'rollback' ? 'its fixed prices go back, and those that this change made are taken out again' : 'prices are fixed there'}. Store prices and other markets stay as they are.
          </Text>
        ) : null}
        {change.planHash ? (
          <Box>
            <InlineStack gap="200" blockAlign="center">
              <Text as="span">Plan</Text>
              <CopyText text={change.planHash} shown={change.planHash.slice(0, 12)} what="the plan’s fingerprint" />
            </InlineStack>
            <Text as="p" tone="subdued" variant="bodySm">
              The fingerprint covers the rule and every price. Approval is of exactly this plan: change one price and it no longer counts.
            </Text>
          </Box>
        ) : null}
        <Text as="p" tone="subdued" variant="bodySm">
          Made by {actorWords(change.createdBy)}, {formatDateTime(change.createdAt, timeZone)}.
          {change.approvedBy && change.approvedAt ? ` Approved by ${actorWords(change.approvedBy)}, ${formatDateTime(change.approvedAt, timeZone)}.` : ''}
          {change.approvalComment ? ` “${change.approvalComment}”` : ''} Times are in {timeZone}.{' '}
          {change.correlationId ? <Link url={`/app/audit?correlationId=${encodeURIComponent(change.correlationId)}`}>See it in the audit</Link> : null}
        </Text>
      </BlockStack>
    </Card>
  );
}
