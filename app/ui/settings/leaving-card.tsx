import { useFetcher } from '@remix-run/react';
import { Banner, BlockStack, Button, Card, FormLayout, InlineStack, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import type { Problem } from '../../domain/kernel/result.ts';
import { resolveWallClock } from '../../domain/schedules/wall-clock.ts';
import { ConfirmModal } from '../parts/confirm-modal.tsx';
import { downloadFile } from '../parts/download-file.ts';
import { ProblemBanner } from '../parts/problem-banner.tsx';
import { useSuccessToast } from '../parts/success-toast.ts';
import { localTimes } from '../format/time.ts';
import { may, type Role } from '../words/role-words.ts';
import { END_ALL_ROLE } from './leaving-words.ts';

/** The way out: the prices of any day as a file, and every campaign ended. */
export function LeavingCard({ role, timeZone }: { role: Role; timeZone: string }) {
  const fetcher = useFetcher<{ readonly done: string } | { readonly problem: Problem }>();
  const [asking, setAsking] = useState(false);
  const [day, setDay] = useState('');
  const [download, setDownload] = useState<{ running: boolean; failed: string | null }>({ running: false, failed: null });
  const answer = fetcher.state === 'idle' ? fetcher.data : undefined;
  useSuccessToast(answer && 'done' in answer ? answer.done : null, answer);

  const fetchPrices = async () => {
    setDownload({ running: true, failed: null });
    const given = day === '' ? null : resolveWallClock(day, timeZone);
    const at = given === null ? new Date() : new Date(given);
    const failed = await downloadFile(`/api/v1/catalog/prices.csv?at=${encodeURIComponent(at.toISOString())}`, `prices-${at.toISOString().slice(0, 16).replaceAll(':', '')}.csv`);
    setDownload({ running: false, failed });
  };
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          Your prices are yours
        </Text>
        <Text as="p">Take the prices of your whole store with you, as they are or as they were at any time Calibrate knows of. Each price change also offers its previous prices as a file that Shopify imports.</Text>
        {download.failed ? (
          <Banner tone="critical" title="The file was not downloaded" onDismiss={() => setDownload({ running: false, failed: null })}>
            <Text as="p">{localTimes(download.failed, timeZone)}</Text>
          </Banner>
        ) : null}
        <FormLayout>
          <TextField label="Prices at" type="datetime-local" value={day} onChange={setDay} autoComplete="off" helpText={`In your shop’s time zone, ${timeZone}. Leave it empty for the prices as they are now.`} />
          <Button onClick={fetchPrices} loading={download.running}>
            Download prices
          </Button>
        </FormLayout>
        {may(role, END_ALL_ROLE) ? (
          <BlockStack gap="200">
            <Text as="p">Ending all campaigns brings every price back to what it is without them. Do this before you uninstall.</Text>
            {answer && 'problem' in answer ? <ProblemBanner problem={answer.problem} title="The campaigns were not ended" /> : null}
            <InlineStack>
              <Button tone="critical" onClick={() => setAsking(true)} loading={fetcher.state !== 'idle'}>
                End all campaigns
              </Button>
            </InlineStack>
          </BlockStack>
        ) : null}
      </BlockStack>
      {asking ? (
        <ConfirmModal
          title="End all campaigns now?"
          confirm="End all campaigns"
          destructive
          commentLabel="Why (optional)"
          loading={fetcher.state !== 'idle'}
          onClose={() => setAsking(false)}
          onConfirm={(reason) => {
            setAsking(false);
            fetcher.submit({ reason }, { method: 'post', action: '/app/campaigns/end' });
          }}
        >
          <Text as="p">Every price goes back to what it is without campaigns, compare-at price included. Prices that someone changed in your store meanwhile stay, and you decide about them.</Text>
        </ConfirmModal>
      ) : null}
    </Card>
  );
}
