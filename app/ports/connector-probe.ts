import type { ChannelShop } from './price-channel.ts';

/** How a connector says that it is well. What it answers is stored and shown, so it must hold no secret. */
export interface ConnectorProbe {
  check(shop: ChannelShop): Promise<{ status: 'ok' | 'degraded' | 'down'; detail: Readonly<Record<string, unknown>> }>;
}
