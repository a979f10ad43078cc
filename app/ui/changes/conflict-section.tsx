import { BlockStack, Box, Button, Card, InlineStack, Text } from '@shopify/polaris';
import type { ConflictChoice, PriceChangeItem, PricePair } from '@calibr/types';
import { useEffect, useRef } from 'react';
import { formatCount } from '../format/count.ts';
import { formatMoney } from '../format/money.ts';
import { formatDateTime } from '../format/time.ts';

const CHOICES: readonly { readonly choice: ConflictChoice; readonly label: string }[] = [
  { choice: 'keep_live', label: 'Keep the store’s price' },
  { choice: 'write_ours', label: 'Write our price' },
  { choice: 'new_baseline', label: 'Keep it as the regular price' },
];

/** Rows whose price someone changed after the preview: what was seen, what is live, and the three ways on. */
export function ConflictSection({
  conflicts,
  total,
  timeZone,
  mayDecide,
  deciding,
  onDecide,
}: {
  conflicts: readonly PriceChangeItem[];
  total: number;
  timeZone: string;
  mayDecide: boolean;
  /** Row that is being decided right now. */
  deciding: string | null;
  onDecide: (itemId: string, choice: ConflictChoice) => void;
}) {
  const heading = useRef<HTMLDivElement>(null);
  const shown = useRef(total);
  useEffect(() => {
    // The button that decided is gone with its row: the keyboard goes on from the list.
    if (total < shown.current && (!document.activeElement || document.activeElement === document.body)) heading.current?.focus();
    shown.current = total;
  }, [total]);
  if (conflicts.length === 0) return null;
  return (
    <Card>
      <BlockStack gap="300">
        <BlockStack gap="100">
          <div ref={heading} tabIndex={-1} style={{ outline: 'none' }}>
            <Text as="h2" variant="headingMd">
              Conflicts ({formatCount(total)})
            </Text>
          </div>
          <Text as="p" tone="subdued">
            Someone changed these prices in your store after the preview. The newer price stays until you decide. “Keep it as the regular price” also makes it
            the price that campaigns return to.
          </Text>
        </BlockStack>
        {conflicts.map((item) => (
          <Box key={item.id} paddingBlockStart="300" borderBlockStartWidth="025" borderColor="border">
            <BlockStack gap="200">
              <Text as="h3" variant="headingSm" breakWord>
                {item.title}
                {item.sku ? ` (${item.sku})` : ''}
              </Text>
              <div style={{ display: 'grid', gap: 'var(--p-space-200)', gridTemplateColumns: 'repeat(auto-fit, minmax(9rem, 1fr))' }}>
                <Price label="At the preview" pair={item.before} />
                <Price label="Our price" pair={item.after} />
                <Price label={item.liveReadAt ? `Live, read ${formatDateTime(item.liveReadAt, timeZone)}` : 'Live'} pair={item.live} />
              </div>
              {mayDecide ? (
                <InlineStack gap="200">
                  {CHOICES.map(({ choice, label }) => (
                    <Button key={choice} onClick={() => onDecide(item.id, choice)} disabled={deciding !== null} accessibilityLabel={`${label}: ${item.title}`}>
                      {label}
                    </Button>
                  ))}
                </InlineStack>
              ) : null}
            </BlockStack>
          </Box>
        ))}
        {total > conflicts.length ? (
          <Text as="p" tone="subdued">
            {formatCount(total - conflicts.length)} more follow once these are decided.
          </Text>
        ) : null}
        {mayDecide ? null : <Text as="p">Deciding needs the approver role.</Text>}
      </BlockStack>
    </Card>
  );
}

function Price({ label, pair }: { label: string; pair: PricePair | null }) {
  return (
    <BlockStack>
      <Text as="span" variant="bodySm" tone="subdued">
        {label}
      </Text>
      <Text as="span" numeric fontWeight="medium">
        {pair ? formatMoney(pair.price) : '–'}
      </Text>
      {pair?.compareAtPrice ? (
        <Text as="span" variant="bodySm" tone="subdued" numeric>
          compare-at {formatMoney(pair.compareAtPrice)}
        </Text>
      ) : null}
    </BlockStack>
  );
}
