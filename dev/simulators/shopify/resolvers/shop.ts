/** The shop, the app's installation in it, and lookups by global id. */
import { SUPPORTED_VERSIONS } from '../admin-schema.ts';
import { dateTime } from '../clock.ts';
import { gid, parseGid } from '../gid.ts';
import { accessDenied, notSimulated } from '../graphql-errors.ts';
import { PLANS } from '../leaky-bucket.ts';
import { accessToType } from './access.ts';
import type { ResolverContext, ResolverTable } from './context.ts';
import { inventoryItem } from './variants.ts';

/** The thing behind a global id; null when it does not exist; unknown types fail loudly. */
function nodeById(id: string, context: ResolverContext): unknown {
  const parsed = parseGid(id);
  if (!parsed) return null;
  const denied = accessToType(parsed.type, context);
  if (denied !== null) throw accessDenied('node', denied);
  const { catalog } = context.shop;
  switch (parsed.type) {
    case 'Product': return catalog.product(parsed.id) ?? null;
    case 'ProductVariant': return catalog.variant(parsed.id) ?? null;
    case 'Collection': return catalog.collection(parsed.id) ?? null;
    case 'InventoryItem': {
      const variant = catalog.variantOfInventoryItem(parsed.id);
      return variant ? inventoryItem(variant) : null;
    }
    case 'BulkOperation': return context.shop.bulkOperations.find((operation) => operation.id === parsed.id) ?? null;
    case 'WebhookSubscription': return context.shop.subscriptions.find((subscription) => subscription.id === parsed.id) ?? null;
    case 'Shop': return parsed.id === context.shop.id ? { kind: 'Shop' } : null;
    default: throw notSimulated(`node of type ${parsed.type}`);
  }
}

const SCOPE_WORDS = /^(read|write)_(.*)$/;

function accessScope(handle: string): Record<string, string> {
  const [, verb = '', what = handle] = SCOPE_WORDS.exec(handle) ?? [];
  return { handle, description: `${verb === 'write' ? 'Modify' : 'Read'} ${what.replaceAll('_', ' ')}` };
}

function zoneOffsetMinutes(context: ResolverContext): number {
  const now = context.sim.clock.now();
  const local = new Date(now).toLocaleString('sv-SE', { timeZone: context.shop.ianaTimezone });
  return Math.round((Date.parse(`${local.replace(' ', 'T')}Z`) - now) / 60_000);
}

export const shopTypes: ResolverTable = {
  QueryRoot: {
    shop: () => ({ kind: 'Shop' }),
    node: (_root, args, context) => nodeById(args.id, context),
    nodes: (_root, args, context) => (args.ids as string[]).map((id) => nodeById(id, context)),
    app: (_root, args, context) => {
      if (args.id && args.id !== gid('App', appNumber(context))) return null;
      return { kind: 'App' };
    },
    currentAppInstallation: () => ({ kind: 'AppInstallation' }),
    publicApiVersions: () => SUPPORTED_VERSIONS.map((handle) => ({ handle, displayName: `${handle} (${handle === SUPPORTED_VERSIONS.at(-1) ? 'Latest' : 'Supported'})`, supported: true })),
  },
  Shop: {
    id: (_shop, _args, context) => gid('Shop', context.shop.id),
    name: (_shop, _args, context) => context.shop.name,
    email: (_shop, _args, context) => `owner@${context.shop.domain}`,
    contactEmail: (_shop, _args, context) => `hello@${context.shop.domain}`,
    shopOwnerName: () => 'Robin Merchant',
    myshopifyDomain: (_shop, _args, context) => context.shop.domain,
    url: (_shop, _args, context) => `https://${context.shop.domain}`,
    primaryDomain: (_shop, _args, context) => ({ id: gid('Domain', context.shop.id), host: context.shop.domain, url: `https://${context.shop.domain}`, sslEnabled: true }),
    currencyCode: (_shop, _args, context) => context.shop.currencyCode,
    enabledPresentmentCurrencies: (_shop, _args, context) => [context.shop.currencyCode],
    ianaTimezone: (_shop, _args, context) => context.shop.ianaTimezone,
    timezoneOffsetMinutes: (_shop, _args, context) => zoneOffsetMinutes(context),
    taxesIncluded: (_shop, _args, context) => context.shop.currencyCode !== 'USD',
    setupRequired: () => false,
    weightUnit: () => 'KILOGRAMS',
    unitSystem: () => 'METRIC_SYSTEM',
    createdAt: () => '2021-03-15T09:00:00Z',
    updatedAt: (_shop, _args, context) => dateTime(context.sim.clock.now()),
    plan: (_shop, _args, context) => {
      const name = PLANS[context.shop.plan].displayName;
      return { displayName: name, publicDisplayName: name, partnerDevelopment: false, shopifyPlus: context.shop.plan === 'plus' };
    },
  },
  AppInstallation: {
    id: (_installation, _args, context) => gid('AppInstallation', context.shop.id),
    accessScopes: (_installation, _args, context) => context.shop.grantedScopes().map(accessScope),
    app: () => ({ kind: 'App' }),
    launchUrl: (_installation, _args, context) => `https://${context.shop.domain}/admin/apps/${context.sim.config.apiKey}`,
    activeSubscriptions: () => [],
  },
  App: {
    id: (_app, _args, context) => gid('App', appNumber(context)),
    apiKey: (_app, _args, context) => context.sim.config.apiKey,
    title: () => 'Calibrate',
    handle: () => 'calibrate',
    embedded: () => true,
    developerName: () => 'Calibrate',
    requestedAccessScopes: (_app, _args, context) => context.sim.config.scopes.map(accessScope),
    availableAccessScopes: (_app, _args, context) => context.sim.config.scopes.map(accessScope),
  },
};

function appNumber(context: ResolverContext): number {
  return 100_000_000 + [...context.sim.config.apiKey].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 99_999_989, 7);
}
