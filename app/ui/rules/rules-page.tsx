import { Badge, BlockStack, Card, EmptyState, IndexTable, InlineStack, Link, Page, Text, useBreakpoints } from '@shopify/polaris';
import type { DiscountPolicy } from '@calibr/types';
import type { ReactNode } from 'react';
import { formatDateTime } from '../format/time.ts';
import { useListLocation } from '../parts/list-location.ts';
import { useActorWords } from '../words/people.tsx';
import { may, type Role } from '../words/role-words.ts';
import { selectorWords, transformWords } from './rule-words.ts';

/** Saved rules, last changed first. */
export function RulesPage({ rules, nextCursor, role, timeZone }: { rules: readonly DiscountPolicy[]; nextCursor: string | null; role: Role; timeZone: string }) {
  const condensed = useBreakpoints().smDown;
  const list = useListLocation(nextCursor);
  const editor = may(role, 'editor');
  const create = { content: 'Create rule', url: '/app/rules/new' };

  return (
    <Page title="Rules" subtitle={`A rule says which variants it changes and how. Nothing changes until a plan made from it is approved and applied.${rules.length > 0 ? ` Times are in ${timeZone}.` : ''}`} primaryAction={editor ? create : undefined}>
      <Card padding="0">
        {rules.length === 0 && !list.pagination.hasPrevious ? (
          <EmptyState heading="Write your first pricing rule" image="/illustrations/first-rule.svg" action={editor ? create : undefined}>
            <Text as="p">{editor ? 'Choose variants, say how their price changes, and see every price before anything happens.' : 'There is no rule yet. Someone with the editor role can write one.'}</Text>
          </EmptyState>
        ) : (
          <IndexTable
            condensed={condensed}
            selectable={false}
            resourceName={{ singular: 'rule', plural: 'rules' }}
            itemCount={rules.length}
            loading={list.loading}
            headings={[{ title: 'Name' }, { title: 'Variants' }, { title: 'New price' }, { title: 'Version', alignment: 'end' }, { title: 'Last saved' }]}
            pagination={nextCursor || list.pagination.hasPrevious ? list.pagination : undefined}
          >
            {rules.map((policy, index) => (
              <IndexTable.Row key={policy.id} id={policy.id} position={index}>
                {condensed ? <CondensedRule policy={policy} timeZone={timeZone} /> : <RuleCells policy={policy} timeZone={timeZone} />}
              </IndexTable.Row>
            ))}
          </IndexTable>
        )}
      </Card>
    </Page>
  );
}

function RuleLink({ policy }: { policy: DiscountPolicy }) {
  return (
    <InlineStack gap="200" wrap={false}>
      <Link dataPrimaryLink monochrome removeUnderline url={`/app/rules/${policy.id}`}>
        <Text as="span" fontWeight="semibold">
          {policy.name}
        </Text>
      </Link>
      {policy.enabled ? null : <Badge>Off</Badge>}
    </InlineStack>
  );
}

function RuleCells({ policy, timeZone }: { policy: DiscountPolicy; timeZone: string }) {
  const actorWords = useActorWords();
  const { selector, transform } = policy.rule;
  return (
    <>
      <IndexTable.Cell>
        <Wrapping width="14rem">
          <RuleLink policy={policy} />
        </Wrapping>
      </IndexTable.Cell>
      <IndexTable.Cell>
        <Wrapping width="18rem">{selectorWords(selector)}</Wrapping>
      </IndexTable.Cell>
      <IndexTable.Cell>
        <Wrapping width="16rem">{transformWords(transform)}</Wrapping>
      </IndexTable.Cell>
      <IndexTable.Cell>
        <Text as="p" alignment="end" numeric>
          {policy.version}
        </Text>
      </IndexTable.Cell>
      <IndexTable.Cell>
        {formatDateTime(policy.updatedAt, timeZone)}
        <Text as="p" tone="subdued" variant="bodySm">
          Made by {actorWords(policy.createdBy)}
        </Text>
      </IndexTable.Cell>
    </>
  );
}

function Wrapping({ width, children }: { width: string; children: ReactNode }) {
  return <div style={{ whiteSpace: 'normal', maxWidth: width, overflowWrap: 'anywhere' }}>{children}</div>;
}

function CondensedRule({ policy, timeZone }: { policy: DiscountPolicy; timeZone: string }) {
  return (
    <div style={{ padding: 'var(--p-space-300) var(--p-space-400)', width: '100%' }}>
      <BlockStack gap="100">
        <RuleLink policy={policy} />
        <Text as="p" variant="bodySm">
          {selectorWords(policy.rule.selector)}: {transformWords(policy.rule.transform)}
        </Text>
        <Text as="p" variant="bodySm" tone="subdued">
          Version {policy.version} · {formatDateTime(policy.updatedAt, timeZone)}
        </Text>
      </BlockStack>
    </div>
  );
}
