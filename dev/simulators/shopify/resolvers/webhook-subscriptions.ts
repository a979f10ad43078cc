/** Subscriptions made through the API (those of the app's configuration are not listed, as at Shopify). */
import { dateTime } from '../clock.ts';
import { paginate } from '../connection.ts';
import { gid, idOf } from '../gid.ts';
import { notSimulated } from '../graphql-errors.ts';
import type { WebhookSubscription } from '../shop.ts';
import { API_VERSION } from '../simulator.ts';
import { refuseArguments } from './arguments.ts';
import type { ResolverContext, ResolverTable } from './context.ts';
import { countUpTo } from './values.ts';

interface SubscriptionInput {
  uri?: string;
  callbackUrl?: string;
  format?: string;
  includeFields?: string[];
  name?: string;
}

const INPUT = ['uri', 'callbackUrl', 'format', 'includeFields', 'name'];

function checkInput(input: SubscriptionInput): string | null {
  const unknown = Object.entries(input).find(([key, value]) => !INPUT.includes(key) && value != null);
  if (unknown) throw notSimulated(`WebhookSubscriptionInput.${unknown[0]}`);
  if (input.format && input.format !== 'JSON') throw notSimulated(`webhook format ${input.format}`);
  const uri = input.uri ?? input.callbackUrl;
  if (uri !== undefined && !/^https?:\/\//.test(uri)) return 'Address is not a valid URL';
  return null;
}

function find(id: string, context: ResolverContext): WebhookSubscription | undefined {
  return context.shop.subscriptions.find((subscription) => subscription.id === idOf(id, 'WebhookSubscription'));
}

const notFound = { webhookSubscription: null, userErrors: [{ field: ['id'], message: 'Webhook subscription does not exist' }] };

export const webhookSubscriptionTypes: ResolverTable = {
  QueryRoot: {
    webhookSubscription: (_root, args, context) => find(args.id, context) ?? null,
    webhookSubscriptionsCount: (_root, args, context) => {
      refuseArguments(args, 'webhookSubscriptionsCount', ['query']);
      return countUpTo(context.shop.subscriptions.length, args.limit);
    },
    webhookSubscriptions: (_root, args, context) => {
      refuseArguments(args, 'webhookSubscriptions', ['query']);
      const uri: string | undefined = args.uri ?? args.callbackUrl;
      return paginate<WebhookSubscription>(args, {
        list: context.shop.subscriptions, id: (subscription) => subscription.id,
        filter: (subscription) => (!args.topics || args.topics.includes(subscription.topic)) && (!uri || subscription.uri === uri),
      });
    },
  },
  Mutation: {
    webhookSubscriptionCreate: (_root, { topic, webhookSubscription: input }, context) => {
      const problem = checkInput(input);
      const uri = input.uri ?? input.callbackUrl;
      if (problem || !uri) return { webhookSubscription: null, userErrors: [{ field: ['webhookSubscription', 'callbackUrl'], message: problem ?? "Address can't be blank" }] };
      if (context.shop.subscriptions.some((subscription) => subscription.topic === topic && subscription.uri === uri)) {
        return { webhookSubscription: null, userErrors: [{ field: ['webhookSubscription', 'callbackUrl'], message: 'Address for this topic has already been taken' }] };
      }
      const now = context.sim.clock.now();
      const subscription: WebhookSubscription = {
        kind: 'WebhookSubscription', id: 1_000_000_000_000 + context.shop.nextId(), topic, uri,
        includeFields: input.includeFields ?? [], name: input.name ?? null, createdAt: now, updatedAt: now,
      };
      context.shop.subscriptions.push(subscription);
      return { webhookSubscription: subscription, userErrors: [] };
    },
    webhookSubscriptionUpdate: (_root, { id, webhookSubscription: input }, context) => {
      const subscription = find(id, context);
      if (!subscription) return notFound;
      const problem = checkInput(input);
      if (problem) return { webhookSubscription: null, userErrors: [{ field: ['webhookSubscription', 'callbackUrl'], message: problem }] };
      subscription.uri = input.uri ?? input.callbackUrl ?? subscription.uri;
      subscription.includeFields = input.includeFields ?? subscription.includeFields;
      subscription.name = input.name ?? subscription.name;
      subscription.updatedAt = context.sim.clock.now();
      return { webhookSubscription: subscription, userErrors: [] };
    },
    webhookSubscriptionDelete: (_root, { id }, context) => {
      const subscription = find(id, context);
      if (!subscription) return { deletedWebhookSubscriptionId: null, userErrors: notFound.userErrors };
      context.shop.subscriptions.splice(context.shop.subscriptions.indexOf(subscription), 1);
      return { deletedWebhookSubscriptionId: id, userErrors: [] };
    },
  },
  WebhookSubscription: {
    id: (subscription: WebhookSubscription) => gid('WebhookSubscription', subscription.id),
    legacyResourceId: (subscription: WebhookSubscription) => String(subscription.id),
    topic: (subscription: WebhookSubscription) => subscription.topic,
    uri: (subscription: WebhookSubscription) => subscription.uri,
    callbackUrl: (subscription: WebhookSubscription) => subscription.uri,
    endpoint: (subscription: WebhookSubscription) => ({ kind: 'WebhookHttpEndpoint', callbackUrl: subscription.uri }),
    format: () => 'JSON',
    filter: () => null,
    name: (subscription: WebhookSubscription) => subscription.name,
    includeFields: (subscription: WebhookSubscription) => subscription.includeFields,
    metafieldNamespaces: () => [],
    metafields: () => [],
    apiVersion: () => ({ handle: API_VERSION, displayName: `${API_VERSION} (Latest)`, supported: true }),
    createdAt: (subscription: WebhookSubscription) => dateTime(subscription.createdAt),
    updatedAt: (subscription: WebhookSubscription) => dateTime(subscription.updatedAt),
  },
  WebhookHttpEndpoint: {
    callbackUrl: (endpoint: { callbackUrl: string }) => endpoint.callbackUrl,
  },
};
