import type { ChannelResult, ChannelShop } from '../../ports/price-channel.ts';
import type { ShopSubscription, SubscriptionAnswer, SubscriptionSource, WantedSubscription } from '../../ports/subscription-source.ts';
import type { AdminAnswer, AdminApi } from './admin-api.ts';
import { channelFailure } from './admin-api.ts';
import { API_VERSION } from './client.ts';
import { WebhookSubscriptionCreateDocument, WebhookSubscriptionDeleteDocument, WebhookSubscriptionUpdateDocument, WebhookSubscriptionsDocument } from './generated/admin-documents.ts';
import type { WebhookSubscriptionCreateMutationVariables, WebhookSubscriptionsQuery } from './generated/admin-documents.ts';
import { UnexpectedAnswer } from './gid.ts';
import type { CallLimits } from './products-by-ref.ts';

const PAGE = 100;
/** Far more than one app makes in a shop. */
const MOST = 1_000;
type Topic = WebhookSubscriptionCreateMutationVariables['topic'];

/** Topics whose first word is in two parts; of every other the first underscore stands for the slash. */
const TWO_WORDS = ['INVENTORY_ITEMS', 'BULK_OPERATIONS', 'INVENTORY_LEVELS', 'ORDER_TRANSACTIONS'];

/** PRODUCTS_UPDATE → products/update, INVENTORY_ITEMS_UPDATE → inventory_items/update. */
export function topicPath(topic: string): string {
  const first = TWO_WORDS.find((words) => topic.startsWith(`${words}_`)) ?? topic.slice(0, topic.indexOf('_'));
  return `${first}/${topic.slice(first.length + 1)}`.toLowerCase();
}

const topicName = (path: string): Topic => path.replace('/', '_').toUpperCase() as Topic;

/** The app's shop-specific webhook subscriptions at Shopify. */
export class ShopifySubscriptions implements SubscriptionSource {
  readonly apiVersion = API_VERSION;
  readonly #api: AdminApi;
  readonly #limits: CallLimits;

  constructor(api: AdminApi, limits: CallLimits) {
    this.#api = api;
    this.#limits = limits;
  }

  async list(shop: ChannelShop): Promise<ChannelResult<readonly ShopSubscription[]>> {
    const found: ShopSubscription[] = [];
    for (let after: string | null = null; ; ) {
      const answer: AdminAnswer<WebhookSubscriptionsQuery> = await this.#api.call(shop, {
        name: 'WebhookSubscriptions', document: WebhookSubscriptionsDocument, variables: { first: PAGE, after }, isWrite: false, size: PAGE, ...this.#timing() });
      if (!answer.ok) return channelFailure(answer.failure);
      const { nodes, pageInfo }: WebhookSubscriptionsQuery['webhookSubscriptions'] = answer.data.webhookSubscriptions;
      for (const { id, topic, uri, apiVersion } of nodes) found.push({ id, topic: topicPath(topic), uri, apiVersion: apiVersion.handle });
      if (!pageInfo.hasNextPage || found.length >= MOST) return { ok: true, value: found, requestId: answer.requestId };
      if (!pageInfo.endCursor) throw new UnexpectedAnswer('A page of subscriptions does not say where the next one begins');
      after = pageInfo.endCursor;
    }
  }

  async create(shop: ChannelShop, { topic, uri, includeFields }: WantedSubscription): Promise<ChannelResult<SubscriptionAnswer>> {
    const answer = await this.#api.call(shop, {
      name: 'WebhookSubscriptionCreate', document: WebhookSubscriptionCreateDocument, isWrite: true, size: 1, ...this.#timing(),
      variables: { topic: topicName(topic), subscription: { uri, format: 'JSON', ...(includeFields ? { includeFields: [...includeFields] } : {}) } },
    });
    if (!answer.ok) return channelFailure(answer.failure);
    return answered(answer.data.webhookSubscriptionCreate?.userErrors, answer.requestId);
  }

  async move(shop: ChannelShop, id: string, { uri, includeFields }: WantedSubscription): Promise<ChannelResult<SubscriptionAnswer>> {
    const answer = await this.#api.call(shop, {
      name: 'WebhookSubscriptionUpdate', document: WebhookSubscriptionUpdateDocument, isWrite: true, size: 1, ...this.#timing(),
      variables: { id, subscription: { uri, ...(includeFields ? { includeFields: [...includeFields] } : {}) } },
    });
    if (!answer.ok) return channelFailure(answer.failure);
    return answered(answer.data.webhookSubscriptionUpdate?.userErrors, answer.requestId);
  }

  async remove(shop: ChannelShop, id: string): Promise<ChannelResult<SubscriptionAnswer>> {
    const answer = await this.#api.call(shop, { name: 'WebhookSubscriptionDelete', document: WebhookSubscriptionDeleteDocument, variables: { id }, isWrite: true, size: 1, ...this.#timing() });
    if (!answer.ok) return channelFailure(answer.failure);
    return answered(answer.data.webhookSubscriptionDelete?.userErrors, answer.requestId);
  }

  #timing(): { timeoutMs: number; deadline: number } {
    return { timeoutMs: this.#limits.timeoutMs, deadline: this.#api.clock.now() + this.#limits.patienceMs };
  }
}

/** Shopify has no code for these errors. What another process made a moment ago, or removed, is as wanted. */
const AS_WANTED = /has already been taken|does not exist/i;

function answered(errors: readonly { readonly message: string }[] | undefined, requestId: string | null): ChannelResult<SubscriptionAnswer> {
  if (!errors) return { ok: true, value: { done: false, refused: 'Shopify did not say what became of it' }, requestId };
  const refused = errors.map(({ message }) => message).filter((message) => !AS_WANTED.test(message)).join(' ');
  return { ok: true, value: refused ? { done: false, refused } : { done: true }, requestId };
}
