import { useNavigate } from '@remix-run/react';
import { BlockStack, Card, IndexTable, InlineStack, Link, Page, Text, useBreakpoints } from '@shopify/polaris';
import type { ContextualPriceList, PriceHistory, PriceSource, PriceVersion, Variant } from '@calibr/types';
import { dayWords } from '../../domain/reference-prices/render-reference.ts';
import { formatCount, formatQuantity } from '../format/count.ts';
import { formatMargin, formatMoney } from '../format/money.ts';
import { formatDateTime } from '../format/time.ts';
import { useListLocation } from '../parts/list-location.ts';
import { StatTile, StatTiles } from '../parts/stat-tile.tsx';
import { useActorWords } from '../words/people.tsx';
import { CHANGE_KIND_LABELS } from '../words/change-words.ts';
import { may, type Role } from '../words/role-words.ts';
import { selectorOfVariants } from './catalog-filters.ts';
import { MarketPricesCard } from './market-prices-card.tsx';
import { PricePlot } from './price-plot.tsx';

const SOURCES: Readonly<Record<PriceSource, string>> = {
  sync: 'Seen in a full sync',
  webhook: 'Told by Shopify',
  reconcile: 'Found by comparing with Shopify',
  apply: 'Written by Calibrate',
  rollback: 'Put back by Calibrate',
  campaign_end: 'Came back at the end of a campaign',
  merchant: 'Edited in the store',
};

export interface PriceHistoryPageData {
  readonly variant: Variant;
  readonly history: PriceHistory;
  /** What buyers of each market are shown. */
  readonly markets: ContextualPriceList['data'];
  /** RFC 3339; the right end of the plot. */
  readonly now: string;
  readonly timeZone: string;
  readonly backUrl: string;
  readonly role: Role;
}

/** Every price a variant had, and for each that we wrote the rule, the change and the person behind it. */
export function PriceHistoryPage({ variant, history, markets, now, timeZone, backUrl, role }: PriceHistoryPageData) {
  const navigate = useNavigate();
  const own = variant.title === 'Default Title' ? '' : variant.title;
  return (
    <Page
      title={own ? `${variant.product.title}, ${own}` : variant.product.title}
      subtitle={[variant.sku || 'No SKU', variant.product.vendor].filter(Boolean).join(' · ')}
      backAction={{ content: 'Pricing', url: backUrl }}
      primaryAction={may(role, 'editor') ? { content: 'Change price', onAction: () => navigate('/app/rules/new', { state: { selector: selectorOfVariants([variant]) } }) } : undefined}
    >
      <BlockStack gap="400">
        <StatTiles>
          <StatTile label="Price" value={formatMoney(variant.price)} />
          <StatTile label="Compare-at price" value={variant.compareAtPrice ? formatMoney(variant.compareAtPrice) : 'None'} />
          <StatTile label="Unit cost" value={variant.cost ? formatMoney(variant.cost) : 'Missing'} detail={variant.cost ? undefined : 'Rules that need the cost skip it, with the reason.'} />
          <StatTile label="Margin" value={variant.marginPercent === null ? '–' : formatMargin(variant.marginPercent)} />
          {history.lowest30Days ? <LowestTile lowest={history.lowest30Days} /> : null}
          <StatTile label="Inventory" value={variant.inventoryQuantity === null ? 'Not tracked' : formatCount(variant.inventoryQuantity)} />
        </StatTiles>
        <MarketPricesCard prices={markets} timeZone={timeZone} />
        <Card>
          <BlockStack gap="400">
            <Text as="h2" variant="headingMd">
              Price over time
            </Text>
            {history.data.length > 0 ? <PricePlot versions={history.data} now={now} timeZone={timeZone} /> : <Text as="p">No price has been recorded yet.</Text>}
          </BlockStack>
        </Card>
        <VersionTable history={history} timeZone={timeZone} />
      </BlockStack>
    </Page>
  );
}

/** The price that a reduction announced today would have to name in the EU. */
function LowestTile({ lowest: { price, shownOn, complete, newOnMarket, daysKnown, knownSince } }: { lowest: NonNullable<PriceHistory['lowest30Days']> }) {
  const shown = shownOn ? `from ${dayWords(shownOn)}` : '';
  const known = complete ? (newOnMarket ? 'new product' : '') : knownSince ? `only ${formatQuantity(daysKnown, 'day', 'days')} known` : 'not known';
  return <StatTile label="Lowest of 30 days" value={price ? formatMoney(price) : '–'} detail={[shown, known].filter(Boolean).join(', ')} />;
}

function VersionTable({ history, timeZone }: { history: PriceHistory; timeZone: string }) {
  const condensed = useBreakpoints().smDown;
  const list = useListLocation(history.nextCursor);
  return (
    <Card padding="0">
      <IndexTable
        condensed={condensed}
        selectable={false}
        resourceName={{ singular: 'price', plural: 'prices' }}
        itemCount={history.data.length}
        headings={[{ title: 'From' }, { title: 'Price', alignment: 'end' }, { title: 'Compare-at', alignment: 'end' }, { title: 'Source' }, { title: 'Why' }]}
        pagination={history.nextCursor || list.pagination.hasPrevious ? list.pagination : undefined}
      >
        {history.data.map((version, index) => (
          <IndexTable.Row key={version.id} id={version.id} position={index}>
            {condensed ? <CondensedVersion version={version} timeZone={timeZone} /> : <VersionCells version={version} timeZone={timeZone} />}
          </IndexTable.Row>
        ))}
      </IndexTable>
    </Card>
  );
}

function VersionCells({ version, timeZone }: { version: PriceVersion; timeZone: string }) {
  return (
    <>
      <IndexTable.Cell>
        {formatDateTime(version.validFrom, timeZone)}
        {version.validTo ? null : (
          <Text as="span" tone="subdued">
            {' '}
            (now)
          </Text>
        )}
      </IndexTable.Cell>
      <IndexTable.Cell>
        <Text as="p" alignment="end" numeric>
          {formatMoney(version.price)}
        </Text>
      </IndexTable.Cell>
      <IndexTable.Cell>
        <Text as="p" alignment="end" numeric tone={version.compareAtPrice ? undefined : 'subdued'}>
          {version.compareAtPrice ? formatMoney(version.compareAtPrice) : 'None'}
        </Text>
      </IndexTable.Cell>
      <IndexTable.Cell>{SOURCES[version.source]}</IndexTable.Cell>
      <IndexTable.Cell>
        <Lineage version={version} timeZone={timeZone} />
      </IndexTable.Cell>
    </>
  );
}

function CondensedVersion({ version, timeZone }: { version: PriceVersion; timeZone: string }) {
  return (
    <div style={{ padding: 'var(--p-space-300) var(--p-space-400)', width: '100%' }}>
      <BlockStack gap="100">
        <InlineStack align="space-between" gap="200">
          <Text as="span" fontWeight="semibold" numeric>
            {formatMoney(version.price)}
          </Text>
          <Text as="span" tone="subdued">
            {formatDateTime(version.validFrom, timeZone)}
          </Text>
        </InlineStack>
        <Text as="p" variant="bodySm">
          Compare-at {version.compareAtPrice ? formatMoney(version.compareAtPrice) : 'none'} · {SOURCES[version.source]}
        </Text>
        <Lineage version={version} timeZone={timeZone} />
      </BlockStack>
    </div>
  );
}

function Lineage({ version, timeZone }: { version: PriceVersion; timeZone: string }) {
  const actorWords = useActorWords();
  const { lineage } = version;
  if (!lineage) return <Text as="span" tone="subdued">Not changed by Calibrate</Text>;
  return (
    <div style={{ whiteSpace: 'normal', minWidth: '14rem' }}>
      <BlockStack gap="050">
        <span>
          {CHANGE_KIND_LABELS[lineage.kind ?? 'change']}:{' '}
          <Link url={`/app/changes/${lineage.changeId}?explain=${lineage.itemId}`}>{lineage.changeName}</Link>
        </span>
        {lineage.ruleId ? (
          <span>
            <Link url={`/app/rules/${lineage.ruleId}`}>Rule</Link>
            {lineage.ruleVersion === null ? '' : `, version ${lineage.ruleVersion}`}
          </span>
        ) : null}
        {lineage.approvedBy ? (
          <Text as="span" tone="subdued" variant="bodySm">
            Approved by {actorWords(lineage.approvedBy)}
            {lineage.approvedAt ? `, ${formatDateTime(lineage.approvedAt, timeZone)}` : ''}
          </Text>
        ) : null}
        {lineage.requestId ? (
          <Text as="span" tone="subdued" variant="bodySm" breakWord>
            Shopify request {lineage.requestId}
          </Text>
        ) : null}
      </BlockStack>
    </div>
  );
}
