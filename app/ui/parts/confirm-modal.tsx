import { BlockStack, Modal, TextField } from '@shopify/polaris';
import { useState, type ReactNode } from 'react';
import { useReturnFocus } from './return-focus.ts';

/** Asks once more before something that cannot simply be taken back; with a comment where one belongs to it. */
export function ConfirmModal({
  title,
  confirm,
  destructive = false,
  commentLabel,
  loading,
  onConfirm,
  onClose,
  children,
}: {
  title: string;
  confirm: string;
  destructive?: boolean;
  commentLabel?: string;
  loading: boolean;
  onConfirm: (comment: string) => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const [comment, setComment] = useState('');
  useReturnFocus();
  return (
    <Modal
      open
      title={title}
      onClose={onClose}
      primaryAction={{ content: confirm, destructive, loading, onAction: () => onConfirm(comment.trim()) }}
      secondaryActions={[{ content: 'Go back', onAction: onClose, disabled: loading }]}
    >
      <Modal.Section>
        <BlockStack gap="400">
          {children}
          {commentLabel ? (
            <TextField label={commentLabel} value={comment} onChange={setComment} multiline={2} maxLength={1000} autoComplete="off" />
          ) : null}
        </BlockStack>
      </Modal.Section>
    </Modal>
  );
}
