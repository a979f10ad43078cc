import { BlockStack, Card, Text } from '@shopify/polaris';
import type { ReactNode } from 'react';
import { Inset } from './inset.tsx';

/** One number with its name, and a line below where it needs one. */
export function StatTile({ label, value, detail }: { label: string; value: ReactNode; detail?: ReactNode }) {
  return (
    <Card padding="300">
      <BlockStack gap="100">
        <Text as="h3" variant="bodySm" tone="subdued">
          {label}
        </Text>
        <Text as="p" variant="headingLg" numeric>
          {value}
        </Text>
        {detail ? (
          <Text as="p" variant="bodySm" tone="subdued">
            {detail}
          </Text>
        ) : null}
      </BlockStack>
    </Card>
  );
}

/** Tiles side by side, as many as the width holds. */
export function StatTiles({ children }: { children: ReactNode }) {
  return (
    <Inset>
      <div style={{ display: 'grid', gap: 'var(--p-space-200)', gridTemplateColumns: 'repeat(auto-fit, minmax(6.75rem, 1fr))' }}>{children}</div>
    </Inset>
  );
}
