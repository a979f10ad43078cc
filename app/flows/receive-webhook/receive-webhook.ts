import { withoutCustomer } from '../../domain/facts/told-order.ts';
import { ok } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { JobQueue } from '../../ports/job-queue.ts';
import type { WebhookRow } from '../../ports/tenant-store.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

/**
 * Keeps a webhook whose signature was checked, once by its id, and rings for its work. Answering Shopify needs nothing more:
 * if the bell is not heard, the tick finds the row. A delivery that is already here answers the same. Of an order only what is
 * counted is kept: the rest is about a customer.
 */
export async function receiveWebhook({ uow, queue }: { uow: UnitOfWork; queue: JobQueue }, ctx: FlowContext, webhook: WebhookRow): Promise<Result<{ isNew: boolean }>> {
  const kept = webhook.topic.startsWith('orders/') ? { ...webhook, payload: withoutCustomer(webhook.payload) } : webhook;
  const isNew = await uow.run(ctx.tenantId, (tx) => tx.inbox.receive(kept));
  if (isNew) {
    await queue.enqueue([{ name: 'process-webhooks', key: `process-webhooks:${ctx.tenantId}`, payload: { tenantId: ctx.tenantId, correlationId: ctx.correlationId } }])
      .catch((error: unknown) => ctx.log.warn({ err: error }, 'The queue did not take the bell for a webhook; the tick will'));
  }
  return ok({ isNew });
}
