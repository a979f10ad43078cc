import { ok } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { JobQueue } from '../../ports/job-queue.ts';
import type { WebhookRow } from '../../ports/tenant-store.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';
import { keptPayload } from './kept-payload.ts';
import { leaveAtOnce } from './leave-shop.ts';

/**
 * Keeps a webhook whose signature was checked, once by its id, and rings for its work. Answering Shopify needs nothing more:
 * if the bell is not heard, the tick finds the row. A delivery that is already here answers the same. Of the payload only what its
 * work needs is kept. That the app was removed counts at once, whatever the worker is doing.
 */
export async function receiveWebhook({ uow, queue }: { uow: UnitOfWork; queue: JobQueue }, ctx: FlowContext, webhook: WebhookRow): Promise<Result<{ isNew: boolean }>> {
  const kept = { ...webhook, payload: keptPayload(webhook.topic, webhook.payload) };
  const isNew = await uow.run(ctx.tenantId, async (tx) => {
    if (webhook.topic !== 'app/uninstalled') return tx.inbox.receive(kept);
    return tx.inbox.receive({ ...kept, payload: await leaveAtOnce(tx, ctx, webhook) });
  });
  if (isNew) {
    await queue.enqueue([{ name: 'process-webhooks', key: `process-webhooks:${ctx.tenantId}`, payload: { tenantId: ctx.tenantId, correlationId: ctx.correlationId } }])
      .catch((error: unknown) => ctx.log.warn({ err: error }, 'The queue did not take the bell for a webhook; the tick will'));
  }
  return ok({ isNew });
}
