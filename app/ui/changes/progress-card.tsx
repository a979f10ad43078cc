import { BlockStack, Card, InlineStack, Link, ProgressBar, Spinner, Text } from '@shopify/polaris';
import type { ChangeProgress, PriceChange } from '@calibr/types';
import { formatCount } from '../format/count.ts';
import { StopWritesButton } from '../shell/stop-writes-button.tsx';
import { WRITES_ROLES } from '../shell/writes-form.ts';
import { may, type Role } from '../words/role-words.ts';
import { canaryLine } from './canary-words.ts';
import type { Connection } from './live-change.ts';
import { useStalled } from './use-stalled.ts';
import { wayLine } from './way-words.ts';

const ENDED = ['applied', 'settled', 'conflict', 'failed', 'cancelled', 'kept'] as const satisfies readonly (keyof ChangeProgress)[];
const SHOWN: readonly [keyof ChangeProgress, string][] = [
  ['applied', 'live'],
  ['settled', 'already there'],
  ['writing', 'being written'],
  ['queued', 'waiting'],
  ['planned', 'not begun'],
  ['conflict', 'in conflict'],
  ['failed', 'failed'],
  ['cancelled', 'not written'],
  ['kept', 'left at the store’s price'],
];

/** How far a change is, while it moves and afterwards. */
export function ProgressCard({ change, connection, role }: { change: PriceChange; connection: Connection; role: Role }) {
  const { progress, state, canary } = change;
  const stalled = useStalled(change);
  const stopped = Boolean(change.writesStopped);
  const writing = (state === 'applying' || state === 'ending') && !stopped;
  if (change.activity === 'previewing') {
    return (
      <Card>
        <InlineStack gap="300" blockAlign="center">
          <Spinner size="small" accessibilityLabel="Making the plan" />
          <div role="status">
            <Text as="p">Working out every price. This takes seconds, a minute for very large catalogs.</Text>
          </div>
        </InlineStack>
      </Card>
    );
  }
  if (!progress || change.startedAt === null || change.startedAt === undefined) return null;
  const done = ENDED.reduce((sum, key) => sum + progress[key], 0);
  const total = done + progress.queued + progress.writing + progress.planned;
  if (total === 0) return null;
  const percent = Math.floor((done / total) * 100);
  const way = wayLine(change);
  return (
    <Card>
      <BlockStack gap="300">
        <InlineStack align="space-between" gap="200">
          <Text as="h2" variant="headingMd">
            {headingOf(change)}
          </Text>
          <Text as="p" numeric tone="subdued">
            {formatCount(done)} of {formatCount(total)}
          </Text>
        </InlineStack>
        <ProgressBar progress={percent} size="small" tone={state === 'failed' ? 'critical' : 'success'} ariaLabelledBy="change-progress" animated={writing} />
        <div role="status" id="change-progress">
          <Text as="p">
            {SHOWN.filter(([key]) => progress[key] > 0)
              .map(([key, words]) => `${formatCount(progress[key])} ${words}`)
              .join(' · ')}
          </Text>
        </div>
        {canary ? <Text as="p">{canaryLine(canary)}</Text> : null}
        {way ? (
          <Text as="p" tone="subdued" variant="bodySm">
            {way}
          </Text>
        ) : null}
        {stalled ? (
          <div role="status">
            <Text as="p" tone="caution">
              No price was written for a while: Shopify may be slow or not reachable. Calibrate keeps trying by itself, and nothing is lost. <Link url="/app/settings">Check the connection in Settings</Link>
            </Text>
          </div>
        ) : null}
        {writing && may(role, WRITES_ROLES.stop) ? <StopWritesButton /> : null}
        {connection === 'reconnecting' ? (
          <Text as="p" tone="subdued" variant="bodySm">
            The live connection was lost and is being restored. Writing goes on meanwhile.
          </Text>
        ) : null}
      </BlockStack>
    </Card>
  );
}

function headingOf({ state, canary, writesStopped }: PriceChange): string {
  if (state === 'paused') return 'Paused';
  if (state !== 'applying') return 'Prices in your store';
  if (writesStopped) return 'Waiting: all writes are stopped';
  if (canary?.state === 'verifying') return 'Reading the first part again';
  return canary?.state === 'writing' ? 'Writing the first part' : 'Writing prices to your store';
}
