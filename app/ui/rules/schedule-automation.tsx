import { useFetcher } from '@remix-run/react';
import { BlockStack, Button, Card, Checkbox, InlineStack, Link, List, Select, Text } from '@shopify/polaris';
import type { DiscountPolicy, RuleVersion } from '@calibr/types';
import { useEffect, useState } from 'react';
import type { RuleTrigger } from '../../domain/rules/automation.ts';
import { formatDateTime } from '../format/time.ts';
import { ProblemBanner } from '../parts/problem-banner.tsx';
import { useSuccessToast } from '../parts/success-toast.ts';
import { useActorWords } from '../words/people.tsx';
import type { RuleAnswer } from './rule-editor-page.tsx';
import { transformWords } from './rule-words.ts';
import { ScheduleRuns } from './schedule-runs.tsx';

const TRIGGERS: readonly { readonly value: RuleTrigger; readonly label: string; readonly help: string }[] = [
  { value: 'manual', label: 'When someone runs it', help: 'Nothing happens by itself.' },
  { value: 'schedule', label: 'On its schedule', help: 'An hour before each window a price change is made and planned. It runs once it is approved; a later one with the same rows keeps that approval.' },
  { value: 'catalog', label: 'When products it selects change', help: 'Shortly after the change one price change is made, or planned again, which waits for approval. Prices that the rule itself has set are left alone.' },
];

/** What makes a saved rule run, running it now, and what it was in each version. */
export function RuleAutomationCard({ saved, versions, timeZone, readOnly, unsaved }: { saved: DiscountPolicy; versions: readonly RuleVersion[]; timeZone: string; readOnly: boolean; unsaved: boolean }) {
  const fetcher = useFetcher<RuleAnswer>();
  const [trigger, setTrigger] = useState<RuleTrigger>(saved.automation?.trigger ?? 'manual');
  const [enabled, setEnabled] = useState(saved.enabled);
  useEffect(() => {
    setTrigger(saved.automation?.trigger ?? 'manual');
    setEnabled(saved.enabled);
  }, [saved]);
  const busy = fetcher.state !== 'idle';
  const doing = fetcher.formData?.get('intent');
  const answer = busy ? undefined : fetcher.data;
  const problem = answer && 'problem' in answer ? answer.problem : null;
  useSuccessToast(answer && 'saved' in answer ? 'Automation saved' : null, answer);
  const chosen = TRIGGERS.find(({ value }) => value === trigger)!;
  const changed = trigger !== (saved.automation?.trigger ?? 'manual') || enabled !== saved.enabled;
  const schedule = saved.rule.schedule;
  return (
    <Card>
      <BlockStack gap="400">
        <InlineStack align="space-between" blockAlign="center" gap="200">
          <Text as="h2" variant="headingMd">
            Running this rule
          </Text>
          {readOnly ? null : (
            <Button onClick={() => fetcher.submit({ intent: 'run' }, { method: 'post' })} loading={busy && doing === 'run'} disabled={busy || unsaved || !saved.enabled}>
              Run now
            </Button>
          )}
        </InlineStack>
        {problem ? <ProblemBanner problem={problem} /> : null}
        <Checkbox label="This rule is on" helpText="A rule that is off makes no price change, by itself or by hand." checked={enabled} onChange={setEnabled} disabled={readOnly || busy} />
        <Select label="It runs" options={TRIGGERS.map(({ value, label }) => ({ value, label }))} value={trigger} onChange={(value) => setTrigger(value as RuleTrigger)} helpText={chosen.help} disabled={readOnly || busy} />
        {changed && !readOnly ? (
          <InlineStack gap="200" blockAlign="center">
            <Button
              variant="primary"
              onClick={() => fetcher.submit({ intent: 'automation', rule: JSON.stringify(saved.rule), version: String(saved.version), trigger, enabled: String(enabled) }, { method: 'post' })}
              loading={busy && doing === 'automation'}
              disabled={busy || unsaved}
            >
              Save how it runs
            </Button>
            {unsaved ? (
              <Text as="span" tone="subdued">
                Save the rule first.
              </Text>
            ) : null}
          </InlineStack>
        ) : null}
        {saved.enabled && saved.automation?.nextAt ? <Text as="p">Next looked at {formatDateTime(saved.automation.nextAt, timeZone)} ({timeZone}).</Text> : null}
        {schedule ? <ScheduleRuns runs={saved.nextRuns ?? []} timeZone={timeZone} zone={schedule.timeZone} title={saved.automation?.trigger === 'schedule' && saved.enabled ? 'Next runs' : 'Next windows of its schedule'} /> : null}
        <VersionList saved={saved} versions={versions} timeZone={timeZone} />
      </BlockStack>
    </Card>
  );
}

function VersionList({ saved, versions, timeZone }: { saved: DiscountPolicy; versions: readonly RuleVersion[]; timeZone: string }) {
  const actorWords = useActorWords();
  if (versions.length < 2) return null;
  return (
    <BlockStack gap="100">
      <Text as="h3" variant="headingXs">
        Versions
      </Text>
      <List>
        {versions.map(({ version, rule, createdBy, createdAt }) => (
          <List.Item key={version}>
            <Text as="span" fontWeight={version === saved.version ? 'medium' : undefined}>
              Version {version}: {transformWords(rule.transform)}
            </Text>
            <Text as="p" tone="subdued" variant="bodySm">
              {actorWords(createdBy)}, {formatDateTime(createdAt, timeZone)}
            </Text>
          </List.Item>
        ))}
      </List>
      <Link url={`/app/audit?entity=rule&entityId=${saved.id}`}>See all in the audit</Link>
    </BlockStack>
  );
}
