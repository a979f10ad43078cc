import { useFetcher } from '@remix-run/react';
import { Banner, BlockStack, Box, Button, ButtonGroup, Card, InlineStack, Text } from '@shopify/polaris';
import type { EventReplayReport } from '@calibr/types';
import { PROJECTIONS, type ProjectionName } from '../../domain/audit/projections.ts';
import type { Problem } from '../../domain/kernel/result.ts';
import { formatQuantity } from '../format/count.ts';
import { ProblemBanner } from '../parts/problem-banner.tsx';
import { OPERATIONS_PATH } from './operations-form.ts';

/** What is derived from the event log: compared with it, and made again from it. */
export function ProjectionsCard() {
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          Derived from the event log
        </Text>
        <Text as="p">Verifying folds the log again, compares, and walks the chains of both logs. Rebuilding makes again what differs.</Text>
        {(Object.keys(PROJECTIONS) as ProjectionName[]).map((name) => (
          <Projection key={name} name={name} />
        ))}
      </BlockStack>
    </Card>
  );
}

function Projection({ name }: { name: ProjectionName }) {
  const fetcher = useFetcher<{ readonly report: EventReplayReport } | { readonly problem: Problem }>();
  const busy = fetcher.state !== 'idle';
  const answer = busy ? undefined : fetcher.data;
  const replay = (mode: 'verify' | 'rebuild') => fetcher.submit({ intent: 'replay', projection: name, mode }, { method: 'post', action: OPERATIONS_PATH });
  const { title, help } = PROJECTIONS[name];
  return (
    <Box borderBlockStartWidth="025" borderColor="border" paddingBlockStart="300">
      <BlockStack gap="200">
        <InlineStack align="space-between" blockAlign="center" gap="200">
          <Text as="h3" variant="headingSm">
            {title}
          </Text>
          <ButtonGroup>
            <Button loading={busy} onClick={() => replay('verify')} accessibilityLabel={`Verify: ${title}`}>
              Verify
            </Button>
            <Button loading={busy} onClick={() => replay('rebuild')} accessibilityLabel={`Rebuild: ${title}`}>
              Rebuild
            </Button>
          </ButtonGroup>
        </InlineStack>
        <Text as="p" tone="subdued">
          {help}
        </Text>
        {answer && 'problem' in answer ? <ProblemBanner problem={answer.problem} title="Nothing was rebuilt" /> : null}
        {answer && 'report' in answer ? <Report report={answer.report} /> : null}
      </BlockStack>
    </Box>
  );
}

const SHOWN_MAX = 20;

function Report({ report }: { report: EventReplayReport }) {
  const { differences, chainIntact, brokenAt, mode, rebuilt = 0 } = report;
  const found = differences.length === 0 ? 'No difference' : formatQuantity(differences.length, 'difference', 'differences');
  const title = mode === 'rebuild' ? `${found}; ${rebuilt === 0 ? 'nothing had to be rebuilt' : `${formatQuantity(rebuilt, 'entry', 'entries')} rebuilt`}` : found;
  return (
    <div role="status">
      <Banner tone={!chainIntact ? 'critical' : differences.length > 0 && mode !== 'rebuild' ? 'warning' : 'success'} title={title}>
        <BlockStack gap="200">
          <Text as="p">{chainIntact ? 'The chains of both logs hold.' : `The chain of a log is broken at entry ${brokenAt ?? 0}: somebody changed it. Keep a copy of the database.`}</Text>
          {differences.length > 0 ? (
            <ul style={{ margin: 0, paddingInlineStart: 'var(--p-space-500)', overflowWrap: 'anywhere' }}>
              {differences.slice(0, SHOWN_MAX).map((difference) => (
                <li key={`${difference.changeId} ${difference.field}`}>
                  {difference.name ?? difference.changeId}, {difference.field}: the log says {String(difference.fromLog ?? 'nothing')}, stored was {String(difference.stored ?? 'nothing')}
                </li>
              ))}
              {differences.length > SHOWN_MAX ? <li>and {formatQuantity(differences.length - SHOWN_MAX, 'other', 'others')}</li> : null}
            </ul>
          ) : null}
        </BlockStack>
      </Banner>
    </div>
  );
}
