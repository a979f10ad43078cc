import { Box, Button, InlineStack, Text } from '@shopify/polaris';
import { XIcon } from '@shopify/polaris-icons';
import { useEffect, useId, useRef, type KeyboardEvent, type ReactNode } from 'react';
import { createPortal } from 'react-dom';

const BACKDROP = { position: 'fixed', inset: 0, background: 'rgba(0, 0, 0, 0.4)', zIndex: 'var(--p-z-index-10)' } as const;
const PANEL = {
  position: 'fixed',
  insetBlock: 0,
  insetInlineEnd: 0,
  inlineSize: 'min(30rem, 100vw)',
  background: 'var(--p-color-bg-surface)',
  boxShadow: 'var(--p-shadow-600)',
  zIndex: 'var(--p-z-index-11)',
  display: 'flex',
  flexDirection: 'column',
} as const;
const FOCUSABLE = 'a[href], button:not([disabled]), input:not([disabled]), select:not([disabled]), textarea:not([disabled]), summary, [tabindex="0"]';

/** A drawer at the end side of the page: a modal dialog that Escape or a click beside it closes, and that gives focus back. */
export function SidePanel({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const titleId = useId();
  const panel = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const opener = document.activeElement;
    const { overflow } = document.body.style;
    document.body.style.overflow = 'hidden';
    panel.current?.focus();
    return () => {
      document.body.style.overflow = overflow;
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      onClose();
    } else if (event.key === 'Tab') {
      keepInside(event, panel.current);
    }
  };

  return createPortal(
    <>
      <div style={BACKDROP} onClick={onClose} aria-hidden="true" />
      <div ref={panel} role="dialog" aria-modal="true" aria-labelledby={titleId} tabIndex={-1} style={{ ...PANEL, outline: 'none' }} onKeyDown={onKeyDown}>
        <Box padding="400" borderBlockEndWidth="025" borderColor="border">
          <InlineStack align="space-between" blockAlign="start" gap="200" wrap={false}>
            <Text as="h2" variant="headingMd" id={titleId} breakWord>
              {title}
            </Text>
            <Button icon={XIcon} variant="tertiary" accessibilityLabel="Close" onClick={onClose} />
          </InlineStack>
        </Box>
        <div style={{ overflowY: 'auto', flex: 1 }} tabIndex={0} role="region" aria-labelledby={titleId}>
          <Box padding="400">{children}</Box>
        </div>
      </div>
    </>,
    document.body,
  );
}

function keepInside(event: KeyboardEvent, panel: HTMLElement | null): void {
  const inside = [...(panel?.querySelectorAll<HTMLElement>(FOCUSABLE) ?? [])];
  const [first, last] = [inside[0], inside.at(-1)];
  if (!first || !last) return;
  const { activeElement } = document;
  if (event.shiftKey && (activeElement === first || activeElement === panel)) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && activeElement === last) {
    event.preventDefault();
    first.focus();
  }
}
