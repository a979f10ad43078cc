import type { ChannelResult, ChannelShop } from './price-channel.ts';

/** A subscription that this app made in a shop. `topic` as webhooks name it: `products/update`. */
export interface ShopSubscription {
  readonly id: string;
  readonly topic: string;
  readonly uri: string;
  readonly apiVersion: string;
}

export interface WantedSubscription {
  readonly topic: string;
  readonly uri: string;
  /** Of the payload only these fields; all of them where not given. */
  readonly includeFields?: readonly string[];
}

/** `refused` says why the channel did not do it, in its own words. */
export type SubscriptionAnswer = { readonly done: true } | { readonly done: false; readonly refused: string };

/** Subscriptions as the channel keeps them for one shop. Its removal of them, after deliveries that failed too often, is told to nobody. */
export interface SubscriptionSource {
  /** The version of its API that the app reads payloads of. */
  readonly apiVersion: string;
  list(shop: ChannelShop): Promise<ChannelResult<readonly ShopSubscription[]>>;
  /** One that is there already counts as done. */
  create(shop: ChannelShop, wanted: WantedSubscription): Promise<ChannelResult<SubscriptionAnswer>>;
  move(shop: ChannelShop, id: string, wanted: WantedSubscription): Promise<ChannelResult<SubscriptionAnswer>>;
  remove(shop: ChannelShop, id: string): Promise<ChannelResult<SubscriptionAnswer>>;
}
