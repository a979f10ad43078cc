import { useFetcher } from '@remix-run/react';
import { Badge, Banner, BlockStack, Box, Button, Card, ChoiceList, InlineStack, Link, Modal, Text, TextField } from '@shopify/polaris';
import type { ApiScope, ApiToken } from '@calibr/types';
import { useEffect, useRef, useState } from 'react';
import { formatDateTime } from '../format/time.ts';
import { ConfirmModal } from '../parts/confirm-modal.tsx';
import { CopyText } from '../parts/copy-text.tsx';
import { ProblemBanner } from '../parts/problem-banner.tsx';
import { useReturnFocus } from '../parts/return-focus.ts';
import { useSuccessToast } from '../parts/success-toast.ts';
import { useActorWords } from '../words/people.tsx';
import { OFFERED_SCOPES, scopeLabel } from './scope-words.ts';
import type { SettingsAnswer } from './settings-page.tsx';

/** API tokens: made (shown this once), listed, revoked. */
export function TokensCard({ tokens, timeZone }: { tokens: readonly ApiToken[]; timeZone: string }) {
  const actorWords = useActorWords();
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ApiToken | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const revoke = useFetcher<SettingsAnswer>();
  const revoked = revoke.state === 'idle' ? revoke.data : undefined;
  const revokedNow = useRef<SettingsAnswer | undefined>(undefined);
  useSuccessToast(revoked && 'done' in revoked ? revoked.done : null, revoked);

  useEffect(() => {
    if (!revoked || revoked === revokedNow.current) return;
    revokedNow.current = revoked;
    if ('done' in revoked) setRevoking(null);
  }, [revoked]);

  return (
    <Card padding="0">
      <Box padding="400">
        <BlockStack gap="300">
          <InlineStack align="space-between" blockAlign="center" gap="200">
            <Text as="h2" variant="headingMd">
              API tokens
            </Text>
            <Button onClick={() => setMaking(true)}>Create token</Button>
          </InlineStack>
          <Text as="p" tone="subdued">
            Scripts and other systems use a token to work with Calibrate. Give each one only what it needs. <Link url="/api/docs" target="_blank">API reference</Link>
          </Text>
          {secret ? (
            <Banner tone="success" title="Copy the token now" onDismiss={() => setSecret(null)}>
              <BlockStack gap="200">
                <Text as="p">It is shown this once. Calibrate keeps only its fingerprint.</Text>
                <CopyText text={secret} what="the token" />
              </BlockStack>
            </Banner>
          ) : null}
          {tokens.length === 0 ? <Text as="p">There is no token yet.</Text> : null}
        </BlockStack>
      </Box>
      <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>
        {tokens.map((token) => (
          <li key={token.id} style={{ borderBlockStart: 'var(--p-border-width-025) solid var(--p-color-border)', padding: 'var(--p-space-300) var(--p-space-400)' }}>
            <InlineStack align="space-between" gap="300" blockAlign="center">
              <BlockStack gap="050">
                <InlineStack gap="200" align="start" blockAlign="center">
                  <Text as="h3" variant="headingSm">
                    {token.name}
                  </Text>
                  <code>{token.prefix}…</code>
                  {token.revokedAt ? <Badge>Revoked</Badge> : null}
                </InlineStack>
                <Text as="p" variant="bodySm">
                  {token.scopes.map(scopeLabel).join(', ')}
                </Text>
                <Text as="p" variant="bodySm" tone="subdued">
                  Made by {actorWords(token.createdBy)}, {formatDateTime(token.createdAt, timeZone)} · {token.lastUsedAt ? `last used ${formatDateTime(token.lastUsedAt, timeZone)}` : 'never used'}
                  {token.revokedAt ? ` · revoked ${formatDateTime(token.revokedAt, timeZone)}` : ''}
                </Text>
              </BlockStack>
              {token.revokedAt ? null : (
                <Button tone="critical" variant="tertiary" onClick={() => setRevoking(token)} accessibilityLabel={`Revoke ${token.name}`}>
                  Revoke
                </Button>
              )}
            </InlineStack>
          </li>
        ))}
      </ul>
      {making ? (
        <NewToken
          onClose={() => setMaking(false)}
          onMade={(made) => {
            setMaking(false);
            setSecret(made);
          }}
        />
      ) : null}
      {revoking ? (
        <ConfirmModal
          title={`Revoke ${revoking.name}?`}
          confirm="Revoke"
          destructive
          loading={revoke.state !== 'idle'}
          onClose={() => setRevoking(null)}
          onConfirm={() => revoke.submit({ intent: 'revokeToken', id: revoking.id }, { method: 'post' })}
        >
          <Text as="p">Whatever uses it is refused from now on. A revoked token cannot be brought back.</Text>
          {revoked && 'problem' in revoked ? <ProblemBanner problem={revoked.problem} /> : null}
        </ConfirmModal>
      ) : null}
    </Card>
  );
}

function NewToken({ onClose, onMade }: { onClose: () => void; onMade: (secret: string) => void }) {
  useReturnFocus();
  const fetcher = useFetcher<SettingsAnswer>();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<string[]>(['catalog:read']);
  const [tried, setTried] = useState(false);
  const busy = fetcher.state !== 'idle';
  const answer = busy ? undefined : fetcher.data;
  const made = useRef(onMade);
  made.current = onMade;

  useEffect(() => {
    if (answer && 'token' in answer) made.current(answer.token);
  }, [answer]);

  const create = () => {
    setTried(true);
    if (name.trim() === '' || scopes.length === 0) return;
    fetcher.submit({ intent: 'createToken', name: name.trim(), scopes: JSON.stringify(scopes satisfies string[] as ApiScope[]) }, { method: 'post' });
  };

  return (
    <Modal open title="Create an API token" onClose={onClose} primaryAction={{ content: 'Create token', onAction: create, loading: busy }} secondaryActions={[{ content: 'Go back', onAction: onClose, disabled: busy }]}>
      <Modal.Section>
        <BlockStack gap="400">
          {answer && 'problem' in answer ? <ProblemBanner problem={answer.problem} /> : null}
          <TextField
            label="Name"
            helpText="What it is for, such as “Stock sheet”"
            value={name}
            onChange={setName}
            maxLength={100}
            error={tried && name.trim() === '' ? 'Give the token a name.' : undefined}
            autoComplete="off"
          />
          <ChoiceList
            title="It may"
            allowMultiple
            choices={OFFERED_SCOPES.map(({ scope, label, help }) => ({ value: scope, label, helpText: help }))}
            selected={scopes}
            onChange={setScopes}
            error={tried && scopes.length === 0 ? 'Choose at least one.' : undefined}
          />
        </BlockStack>
      </Modal.Section>
    </Modal>
  );
}
