import type { FlowContext } from '../../ports/context.ts';
import type { Job, JobQueue } from '../../ports/job-queue.ts';
import type { WebhookRow } from '../../ports/tenant-store.ts';
import type { Tx } from '../../ports/unit-of-work.ts';

/** Far more than a shop has under way at once. */
const AT_ONCE = 50;

/**
 * A bulk operation ended: whoever may be waiting for it is rung at once, instead of at its next look. Which operation it was, the one who
 * waits asks for itself; ringing for one that waits for another does no harm.
 */
export async function ringForBulk(tx: Tx, ctx: FlowContext, queue: JobQueue, webhook: WebhookRow): Promise<string | null> {
  const told = webhook.payload as { type?: unknown; admin_graphql_api_id?: unknown } | null;
  const jobs: Job[] = [];
  if (told?.type !== 'mutation') {
    const running = await tx.syncs.running();
    if (running) jobs.push({ name: 'sync-catalog', key: `sync-catalog:${running.id}`, payload: { tenantId: ctx.tenantId, id: running.id, correlationId: running.correlationId } });
  }
  if (told?.type !== 'query') {
    for (const state of ['applying', 'ending', 'paused'] as const) {
      const { data } = await tx.changes.list({ state }, { limit: AT_ONCE, cursor: null });
      for (const { id, correlationId } of data) jobs.push({ name: 'apply-change', key: `apply-change:${id}`, payload: { tenantId: ctx.tenantId, id, correlationId } });
    }
  }
  if (jobs.length === 0) return 'nothing waits for a bulk operation';
  await queue.enqueue(jobs);
  return null;
}
