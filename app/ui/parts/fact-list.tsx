import { Text } from '@shopify/polaris';
import { Fragment, type ReactNode } from 'react';

/** Names and values, two columns; facts without a value are left out. */
export function FactList({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  const known = facts.filter(([, value]) => value !== null && value !== undefined && value !== '');
  if (known.length === 0) return null;
  return (
    <dl style={{ margin: 0, display: 'grid', gridTemplateColumns: 'minmax(7rem, max-content) 1fr', gap: 'var(--p-space-100) var(--p-space-300)' }}>
      {known.map(([name, value]) => (
        <Fragment key={name}>
          <dt>
            <Text as="span" tone="subdued">
              {name}
            </Text>
          </dt>
          <dd style={{ margin: 0, overflowWrap: 'anywhere' }}>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
