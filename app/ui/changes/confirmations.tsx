import { BlockStack, Text } from '@shopify/polaris';
import type { PriceChange } from '@calibr/types';
import { useState } from 'react';
import { formatQuantity } from '../format/count.ts';
import { ConfirmModal } from '../parts/confirm-modal.tsx';
import { ApplyOptions, type ApplyFields } from './apply-options.tsx';
import { ApproveConfirmation } from './approval-findings.tsx';
import { scheduleWords } from '../rules/schedule-words.ts';
import type { ChangeIntent } from './change-actions.ts';
import { PreviousPrices } from './previous-prices.tsx';

/** Steps that are asked about once more; the others are done at once. */
export const CONFIRMED: readonly ChangeIntent[] = ['approve', 'apply', 'reject', 'cancel', 'end'];

/** The question before a step that writes prices, decides about a plan or ends a change. */
export function ActionConfirmation({
  intent,
  change,
  loading,
  onConfirm,
  onClose,
}: {
  intent: ChangeIntent;
  change: PriceChange;
  loading: boolean;
  onConfirm: (comment: string, options: ApplyFields) => void;
  onClose: () => void;
}) {
  const prices = formatQuantity(change.summary?.planned ?? 0, 'price', 'prices');
  const [options, setOptions] = useState<ApplyFields>({});
  const modal = { loading, onConfirm: (comment: string) => onConfirm(comment, options), onClose };
  switch (intent) {
    case 'approve':
      return <ApproveConfirmation {...modal} change={change} />;
    case 'apply':
      return (
        <ConfirmModal {...modal} title={`Write ${prices} to your store?`} confirm={change.schedule ? 'Start now' : 'Apply prices'}>
          <BlockStack gap="200">
            {change.schedule ? <Text as="p">It is scheduled and would start by itself: {scheduleWords(change.schedule)}. This starts it now.</Text> : null}
            <Text as="p">Customers see the new prices as soon as they are written.</Text>
            <Text as="p">Each price is read again just before it is written. Where someone changed it since the preview, theirs stays and you decide. You can roll back afterwards.</Text>
            <ApplyOptions onChange={setOptions} />
            <PreviousPrices change={change} />
          </BlockStack>
        </ConfirmModal>
      );
    case 'end':
      return (
        <ConfirmModal {...modal} title="End this campaign now?" confirm="End campaign" commentLabel="Why (optional)">
          <BlockStack gap="200">
            <Text as="p">Every price goes back to the next campaign that runs, or to the price without campaigns, compare-at price included.</Text>
            <Text as="p">Prices that someone changed in your store meanwhile stay, and you decide about them.</Text>
          </BlockStack>
        </ConfirmModal>
      );
    case 'reject':
      return (
        <ConfirmModal {...modal} title="Reject this plan?" confirm="Reject" destructive commentLabel="Why (optional)">
          <Text as="p">The plan stays in the list as rejected and can no longer be applied.</Text>
        </ConfirmModal>
      );
    default:
      return (
        <ConfirmModal {...modal} title="Cancel this change?" confirm="Cancel change" destructive commentLabel="Why (optional)">
          <Text as="p">
            {change.startedAt ? 'Prices that were already written stay as they are; the others are not written.' : 'Nothing has been written, and nothing will be.'}
          </Text>
        </ConfirmModal>
      );
  }
}
