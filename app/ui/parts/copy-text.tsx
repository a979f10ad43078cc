import { Button, InlineStack, Text, Tooltip } from '@shopify/polaris';
import { ClipboardIcon } from '@shopify/polaris-icons';
import { useState } from 'react';

/** A text with a button that copies it whole, also where only its beginning is shown. */
export function CopyText({ text, shown, what }: { text: string; shown?: string; what: string }) {
  const [outcome, setOutcome] = useState<'copied' | 'refused' | null>(null);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome('copied');
    } catch {
      // A frame may be denied the clipboard: the whole text is then shown to be copied by hand.
      setOutcome('refused');
    }
  };

  return (
    <InlineStack gap="100" blockAlign="center" wrap={outcome === 'refused'}>
      <span style={{ fontFamily: 'var(--p-font-family-mono)', overflowWrap: 'anywhere', userSelect: 'all' }}>
        {outcome === 'refused' ? text : (shown ?? text)}
      </span>
      <Tooltip content={outcome === 'copied' ? 'Copied' : `Copy ${what}`}>
        <Button icon={ClipboardIcon} variant="tertiary" size="micro" accessibilityLabel={`Copy ${what}`} onClick={copy} />
      </Tooltip>
      <span role="status">
        <Text as="span" variant="bodySm" tone="subdued">
          {outcome === 'copied' ? 'Copied' : outcome === 'refused' ? 'Select and copy it' : ''}
        </Text>
      </span>
    </InlineStack>
  );
}
