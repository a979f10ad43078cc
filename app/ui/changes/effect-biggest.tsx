import { BlockStack, Button, Card, InlineStack, Text } from '@shopify/polaris';
import type { ChangeSummary } from '@calibr/types';
import { formatSignedPercent } from '../format/money.ts';
import { BeforeAfter } from '../parts/price-texts.tsx';

type Move = NonNullable<ChangeSummary['biggestIncreases']>[number];

/** The largest rises and falls, at most ten of each; every one opens why. */
export function EffectBiggest({ increases, decreases, onExplain }: { increases: readonly Move[]; decreases: readonly Move[]; onExplain: (itemId: string) => void }) {
  if (increases.length + decreases.length === 0) return null;
  return (
    <Card>
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 'var(--p-space-400)' }}>
        <Moves title="Biggest rises" none="No price rises." moves={increases} onExplain={onExplain} />
        <Moves title="Biggest falls" none="No price falls." moves={decreases} onExplain={onExplain} />
      </div>
    </Card>
  );
}

function Moves({ title, none, moves, onExplain }: { title: string; none: string; moves: readonly Move[]; onExplain: (itemId: string) => void }) {
  return (
    <div style={{ flex: '1 1 16rem', minWidth: 0 }}>
      <BlockStack gap="200">
        <Text as="h2" variant="headingSm">
          {title}
        </Text>
        {moves.length === 0 ? (
          <Text as="p" tone="subdued">
            {none}
          </Text>
        ) : (
          <ol style={{ margin: 0, padding: 0, listStyle: 'none', display: 'grid', gap: 'var(--p-space-150)' }}>
            {moves.map((move) => (
              <li key={move.itemId}>
                <InlineStack align="space-between" gap="200" wrap={false} blockAlign="start">
                  <div style={{ minWidth: 0 }}>
                    <Button variant="plain" textAlign="start" onClick={() => onExplain(move.itemId)} accessibilityLabel={`Why ${move.title || move.sku} changes by ${formatSignedPercent(move.changePercent)}`}>
                      {move.title || move.sku}
                    </Button>
                    {move.sku && move.title ? (
                      <Text as="p" variant="bodySm" tone="subdued" breakWord>
                        {move.sku}
                      </Text>
                    ) : null}
                  </div>
                  <div style={{ textAlign: 'end', whiteSpace: 'nowrap' }}>
                    <Text as="p" numeric fontWeight="medium">
                      {formatSignedPercent(move.changePercent)}
                    </Text>
                    <Text as="p" variant="bodySm" tone="subdued" numeric>
                      <BeforeAfter before={move.before} after={move.after} />
                    </Text>
                  </div>
                </InlineStack>
              </li>
            ))}
          </ol>
        )}
      </BlockStack>
    </div>
  );
}
