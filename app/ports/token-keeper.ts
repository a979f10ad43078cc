import type { TenantId } from '../domain/kernel/ids.ts';
import type { ChannelShop } from './price-channel.ts';

/** The access tokens of all shops, looked after without anybody asking for one. */
export interface TokenKeeper {
  /** Shops whose token ends soon and can be refreshed. */
  ending(): Promise<readonly TenantId[]>;
  /** Gets the shop its next token if the one it has ends soon; throws when Shopify cannot answer. */
  keepFresh(shop: ChannelShop): Promise<void>;
  /** The shop is not among those that `ending` answers for `ms`. */
  rest(tenantId: TenantId, ms: number): Promise<void>;
  /** Seals again with the current key what another one sealed. */
  resealAll(): Promise<{ readonly resealed: number; readonly unreadable: number }>;
}
