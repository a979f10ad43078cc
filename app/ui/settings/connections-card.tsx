import { useFetcher } from '@remix-run/react';
import { Badge, BlockStack, Box, Button, Card, InlineStack, Text } from '@shopify/polaris';
import type { ConnectorHealth } from '@calibr/types';
import { formatDateTime } from '../format/time.ts';
import { FactList } from '../parts/fact-list.tsx';
import { ProblemBanner } from '../parts/problem-banner.tsx';
import { useSuccessToast } from '../parts/success-toast.ts';
import { keyWords } from '../words/audit-words.ts';
import { connectionFacts } from './connection-words.ts';
import type { SettingsAnswer } from './settings-page.tsx';

const NAMES: Readonly<Record<string, string>> = { shopify: 'Shopify', amazon: 'Amazon' };
const STATUS = {
  ok: { label: 'Working', tone: 'success' },
  degraded: { label: 'Slow or partly working', tone: 'warning' },
  down: { label: 'Not working', tone: 'critical' },
  unknown: { label: 'Not checked yet', tone: undefined },
} as const;

/** How the connections of the store are doing, and a check on demand. */
export function ConnectionsCard({ connectors, timeZone, mayCheck }: { connectors: readonly ConnectorHealth[]; timeZone: string; mayCheck: boolean }) {
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          Connections
        </Text>
        {connectors.map((connector) => (
          <Connection key={connector.name} connector={connector} timeZone={timeZone} mayCheck={mayCheck} />
        ))}
      </BlockStack>
    </Card>
  );
}

function Connection({ connector, timeZone, mayCheck }: { connector: ConnectorHealth; timeZone: string; mayCheck: boolean }) {
  const fetcher = useFetcher<SettingsAnswer>();
  const busy = fetcher.state !== 'idle';
  const answer = busy ? undefined : fetcher.data;
  useSuccessToast(answer && 'done' in answer ? answer.done : null, answer);
  const { label, tone } = STATUS[connector.status];
  const name = NAMES[connector.name] ?? connector.name;
  return (
    <Box borderBlockStartWidth="025" borderColor="border" paddingBlockStart="300">
      <BlockStack gap="200">
        <InlineStack align="space-between" gap="200" blockAlign="center">
          <InlineStack gap="200" align="start" blockAlign="center">
            <Text as="h3" variant="headingSm">
              {name}
            </Text>
            <Badge tone={tone}>{label}</Badge>
          </InlineStack>
          {mayCheck ? (
            <Button onClick={() => fetcher.submit({ intent: 'checkConnector', name: connector.name }, { method: 'post' })} loading={busy} accessibilityLabel={`Check now: ${name}`}>
              Check now
            </Button>
          ) : null}
        </InlineStack>
        {answer && 'problem' in answer ? <ProblemBanner problem={answer.problem} /> : null}
        <FactList
          facts={[
            ...connectionFacts(connector.detail).map(([label, value]) => [label, detailText(value, timeZone)] as const),
            ['Checked', connector.checkedAt ? formatDateTime(connector.checkedAt, timeZone) : null],
          ]}
        />
      </BlockStack>
    </Box>
  );
}

function detailText(value: unknown, timeZone: string): string | null {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length > 0 ? value.join(', ') : 'none';
  if (typeof value === 'object') return Object.entries(value).map(([key, one]) => `${keyWords(key)}: ${String(one)}`).join(', ');
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(value) ? formatDateTime(value, timeZone) : String(value);
}
