import { Text } from '@shopify/polaris';
import { Fragment } from 'react';

/** An arrow drawn, not typed: not every font has one. Read aloud as "to". */
export function Arrow() {
  return (
    <>
      <svg aria-hidden="true" width="12" height="10" viewBox="0 0 12 10" style={{ margin: '0 var(--p-space-100)', verticalAlign: 'baseline' }}>
        <path d="M1 5h9M6.5 1.5 10 5 6.5 8.5" fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" strokeLinejoin="round" />
      </svg>
      <Text as="span" visuallyHidden>
        {' to '}
      </Text>
    </>
  );
}

/** Text whose arrows are drawn. */
export function ArrowText({ text }: { text: string }) {
  return (
    <>
      {text.split(/\s*→\s*/).map((part, index) => (
        <Fragment key={index}>
          {index > 0 ? <Arrow /> : null}
          {part}
        </Fragment>
      ))}
    </>
  );
}
