import { readOrderPayload } from '../../domain/facts/told-order.ts';
import { dayIn } from '../../domain/facts/sales-window.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { TenantRow, WebhookRow } from '../../ports/tenant-store.ts';
import type { Tx } from '../../ports/unit-of-work.ts';

/** Counts what an order sold; null when it counted, otherwise why it did not. Each order counts once, by its number. */
export async function countOrder(tx: Tx, ctx: FlowContext, tenant: TenantRow, webhook: WebhookRow): Promise<string | null> {
  const told = readOrderPayload(webhook.payload);
  if (!told.ok) return told.error.detail;
  const order = told.value;
  if (!order.counts) return 'a test order, or cancelled before it was told';
  if (order.lines.length === 0) return 'no line of the order is a variant';
  const counted = await tx.sales.count(order, dayIn(tenant.timeZone, order.orderedAt), dayIn(tenant.timeZone, ctx.now()), ctx.now());
  return counted ? null : 'the order was counted before';
}
