import { useFetcher } from '@remix-run/react';
import { Badge, Banner, BlockStack, Box, Button, Collapsible, Divider, InlineStack, SkeletonBodyText, Text } from '@shopify/polaris';
import type { PriceChangeItemExplanation } from '@calibr/types';
import { useEffect, useId, useState } from 'react';
import type { Problem } from '../../domain/kernel/result.ts';
import { formatCount } from '../format/count.ts';
import { formatMoney } from '../format/money.ts';
import { formatDateTimeSeconds } from '../format/time.ts';
import { ArrowText } from '../parts/arrow-text.tsx';
import { FactList } from '../parts/fact-list.tsx';
import { BeforeAfter, PriceDifference } from '../parts/price-texts.tsx';
import { SidePanel } from '../parts/side-panel.tsx';
import { useActorWords } from '../words/people.tsx';
import { keyWords } from '../words/audit-words.ts';
import { ITEM_STATE_WORDS } from '../words/change-words.ts';

/** Answer of /app/changes/:id/items/:itemId. */
export type ExplainAnswer = { readonly explanation: PriceChangeItemExplanation } | { readonly problem: Problem };

/** The drawer that says why a row is what it is: from what was stored when it was decided. */
export function ExplainPanel({ changeId, itemId, timeZone, onClose }: { changeId: string; itemId: string; timeZone: string; onClose: () => void }) {
  const { load, data } = useFetcher<ExplainAnswer>({ key: `explain-${itemId}` });
  useEffect(() => load(`/app/changes/${changeId}/items/${itemId}`), [load, changeId, itemId]);
  const explanation = data && 'explanation' in data ? data.explanation : null;
  return (
    <SidePanel title={explanation ? explanation.item.title || explanation.item.sku : 'Why this price'} onClose={onClose}>
      {data && 'problem' in data ? (
        <Banner tone="critical" title="This row cannot be explained">
          <Text as="p">{data.problem.detail}</Text>
        </Banner>
      ) : explanation ? (
        <Explanation explanation={explanation} timeZone={timeZone} />
      ) : (
        <SkeletonBodyText lines={8} />
      )}
    </SidePanel>
  );
}

export function Explanation({ explanation, timeZone }: { explanation: PriceChangeItemExplanation; timeZone: string }) {
  const actorWords = useActorWords();
  const { item, text, approval, write, change, inputs } = explanation;
  const words = ITEM_STATE_WORDS[item.state];
  return (
    <BlockStack gap="400">
      <BlockStack gap="200">
        <InlineStack gap="200" blockAlign="center">
          <BeforeAfter before={item.before.price} after={(item.after ?? item.before).price} />
          <PriceDifference before={item.before} after={item.after} />
          <Badge tone={words.tone} progress={words.progress}>
            {words.label}
          </Badge>
        </InlineStack>
        {item.sku ? (
          <Text as="p" tone="subdued">
            SKU {item.sku}
          </Text>
        ) : null}
      </BlockStack>
      <BlockStack gap="200">
        <Text as="h3" variant="headingSm">
          Why
        </Text>
        {text.split('\n').filter(Boolean).map((paragraph) => (
          <Text as="p" key={paragraph} breakWord>
            <ArrowText text={paragraph} />
          </Text>
        ))}
        <Text as="p" tone="subdued">
          {words.help}
        </Text>
      </BlockStack>
      <Divider />
      <FactList
        facts={[
          ['Change', change.name],
          ['Rule version', change.ruleVersion],
          ['Approved', approval ? `${actorWords(approval.by)}, ${formatDateTimeSeconds(approval.at, timeZone)}` : 'Not yet'],
          ['Comment', approval?.comment],
          ['Compare-at before', item.before.compareAtPrice ? formatMoney(item.before.compareAtPrice) : 'None'],
          ['Compare-at after', item.after ? (item.after.compareAtPrice ? formatMoney(item.after.compareAtPrice) : 'None') : null],
          ['Unit cost', item.cost ? formatMoney(item.cost) : 'Unknown'],
          ['Read back from Shopify', write?.live ? formatMoney(write.live.price) : null],
          ['Shopify’s answer', write?.verdict],
          ['Shopify request', write?.requestId],
          ['Sent', write?.way ? (write.bulk ? `In a bulk operation of ${formatCount(write.bulk.rows)} ${write.bulk.rows === 1 ? 'price' : 'prices'}` : 'On its own, product by product') : null],
          ['Tries', write?.attempts || null],
          ['Finished', write?.finishedAt ? formatDateTimeSeconds(write.finishedAt, timeZone) : null],
        ]}
      />
      {explanation.trace.length > 0 ? <TraceDetails explanation={explanation} /> : null}
      {inputs ? (
        <BlockStack gap="200">
          <Text as="h3" variant="headingSm">
            What the rule saw
          </Text>
          <FactList facts={Object.entries(inputs).map(([key, value]) => [keyWords(key), valueText(value)])} />
        </BlockStack>
      ) : null}
    </BlockStack>
  );
}

function TraceDetails({ explanation }: { explanation: PriceChangeItemExplanation }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <BlockStack gap="200">
      <InlineStack>
        <Button variant="plain" disclosure={open ? 'up' : 'down'} ariaExpanded={open} ariaControls={id} onClick={() => setOpen(!open)}>
          Every step, as it was recorded
        </Button>
      </InlineStack>
      <Collapsible id={id} open={open}>
        <BlockStack gap="200">
          {explanation.trace.map((step, index) => {
            const { code, ...rest } = step as { code: string } & Record<string, unknown>;
            return (
              <Box key={index} padding="200" background="bg-surface-secondary" borderRadius="200">
                <BlockStack gap="100">
                  <Text as="h4" variant="headingXs">
                    {index + 1}. {keyWords(code)}
                  </Text>
                  <FactList facts={Object.entries(rest).map(([key, value]) => [keyWords(key), valueText(value)])} />
                </BlockStack>
              </Box>
            );
          })}
        </BlockStack>
      </Collapsible>
    </BlockStack>
  );
}

/** A recorded value as text; what is absent is left out of the list. */
function valueText(value: unknown): string | null {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'object') return Array.isArray(value) && value.every((one) => typeof one !== 'object') ? value.join(', ') : JSON.stringify(value);
  return String(value);
}
