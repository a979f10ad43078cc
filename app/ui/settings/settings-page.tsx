import { BlockStack, Card, Layout, Page, Text } from '@shopify/polaris';
import type { ApiToken, CatalogStatus, ConnectorHealth, Policies, WriteSwitch } from '@calibr/types';
import type { Problem } from '../../domain/kernel/result.ts';
import { formatCount } from '../format/count.ts';
import { formatDateTime } from '../format/time.ts';
import { FactList } from '../parts/fact-list.tsx';
import { may, ROLE_WORDS, type Role } from '../words/role-words.ts';
import { ConnectionsCard } from './connections-card.tsx';
import { PoliciesSection } from './policies-section.tsx';
import { LeavingCard } from './leaving-card.tsx';
import { TeamCard, type TeamMember } from './team-card.tsx';
import { TokensCard } from './tokens-card.tsx';
import { WritesCard } from './writes-card.tsx';

export type SettingsAnswer = { readonly problem: Problem } | { readonly done: string } | { readonly token: string };

export interface SettingsPageData {
  readonly shop: string;
  readonly shopName: string;
  readonly currencyCode: string;
  readonly timeZone: string;
  readonly role: Role;
  readonly status: CatalogStatus;
  readonly policies: Policies;
  /** Null for roles that do not see tokens. */
  readonly tokens: readonly ApiToken[] | null;
  readonly connectors: readonly ConnectorHealth[];
  readonly writes: WriteSwitch;
  readonly members: readonly TeamMember[];
  /** Shopify's id of whoever looks. */
  readonly userId: string;
}

/** The store as Calibrate knows it, who you are here, API tokens and connections. */
export function SettingsPage({ shop, shopName, currencyCode, timeZone, role, status, policies, tokens, connectors, writes, members, userId }: SettingsPageData) {
  const words = ROLE_WORDS[role];
  return (
    <Page title="Settings">
      <Layout>
        <Layout.Section>
          <BlockStack gap="400">
            <WritesCard writes={writes} role={role} timeZone={timeZone} />
            <TeamCard members={members} userId={userId} timeZone={timeZone} mayEdit={may(role, 'admin')} />
            <PoliciesSection policies={policies} currencyCode={currencyCode} timeZone={timeZone} mayEdit={may(role, 'admin')} />
            <LeavingCard role={role} timeZone={timeZone} />
            <ConnectionsCard connectors={connectors} timeZone={timeZone} mayCheck={may(role, 'admin')} />
            {tokens ? (
              <TokensCard tokens={tokens} timeZone={timeZone} />
            ) : (
              <Card>
                <BlockStack gap="200">
                  <Text as="h2" variant="headingMd">
                    API tokens
                  </Text>
                  <Text as="p">Administrators make and revoke the tokens that scripts and other systems use.</Text>
                </BlockStack>
              </Card>
            )}
          </BlockStack>
        </Layout.Section>
        <Layout.Section variant="oneThird">
          <BlockStack gap="400">
            <Card>
              <BlockStack gap="300">
                <Text as="h2" variant="headingMd">
                  Your role: {words.label}
                </Text>
                <Text as="p">{words.help}</Text>
              </BlockStack>
            </Card>
            <Card>
              <BlockStack gap="300">
                <Text as="h2" variant="headingMd">
                  Store
                </Text>
                <FactList
                  facts={[
                    ['Name', shopName],
                    ['Address', shop],
                    ['Currency', currencyCode],
                    ['Time zone', timeZone],
                    ['Products', formatCount(status.products)],
                    ['Variants', formatCount(status.variants)],
                    ['Last full sync', status.lastSyncedAt ? formatDateTime(status.lastSyncedAt, timeZone) : 'Not yet'],
                  ]}
                />
                <Text as="p" tone="subdued" variant="bodySm">
                  Name, currency and time zone come from your Shopify settings.
                </Text>
              </BlockStack>
            </Card>
          </BlockStack>
        </Layout.Section>
      </Layout>
    </Page>
  );
}
