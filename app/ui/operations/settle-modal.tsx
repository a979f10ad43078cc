import { BlockStack, Modal, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import { formatQuantity } from '../format/count.ts';
import { useReturnFocus } from '../parts/return-focus.ts';
import type { SettleAction } from './operations-form.ts';

/** Asks once more before dead letters are told again or discarded; a discard needs its reason. `count` null: all that fit the filter. */
export function SettleModal({ action, count, loading, onConfirm, onClose }: { action: SettleAction; count: number | null; loading: boolean; onConfirm: (reason: string) => void; onClose: () => void }) {
  useReturnFocus();
  const [reason, setReason] = useState('');
  const [asked, setAsked] = useState(false);
  const discard = action === 'discard';
  const what = count === null ? 'all that fit the filter' : formatQuantity(count, 'message', 'messages');
  const missing = discard && reason.trim() === '';
  return (
    <Modal
      open
      title={discard ? `Discard ${what}?` : `Tell ${what} again?`}
      onClose={onClose}
      primaryAction={{
        content: discard ? 'Discard' : 'Tell again',
        destructive: discard,
        loading,
        onAction: () => {
          setAsked(true);
          if (!missing) onConfirm(reason.trim());
        },
      }}
      secondaryActions={[{ content: 'Go back', onAction: onClose, disabled: loading }]}
    >
      <Modal.Section>
        <BlockStack gap="400">
          <Text as="p">
            {discard
              ? 'Nobody will be told of these events any more. The events themselves stay in the log, and a projection can still be rebuilt from it.'
              : 'They start over from the first attempt. Telling something twice does no harm.'}
          </Text>
          {discard ? (
            <TextField label="Why" value={reason} onChange={setReason} multiline={2} maxLength={500} autoComplete="off" requiredIndicator error={asked && missing ? 'Say why: the audit keeps it.' : undefined} />
          ) : null}
        </BlockStack>
      </Modal.Section>
    </Modal>
  );
}
