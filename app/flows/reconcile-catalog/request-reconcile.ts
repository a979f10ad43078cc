import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { JobQueue } from '../../ports/job-queue.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

/** Asks for a comparison with the shop now. Errors: conflict `never_synced` where there is nothing to compare yet, `shop_uninstalled`. */
export async function requestReconcile({ uow, queue }: { readonly uow: UnitOfWork; readonly queue: JobQueue }, ctx: FlowContext): Promise<Result<null>> {
  const asked = await uow.run(ctx.tenantId, async (tx): Promise<Result<null>> => {
    if ((await tx.tenant.get())?.state !== 'installed') return problem('conflict', 'shop_uninstalled', 'The app is not installed in this shop.');
    if (!(await tx.syncs.latestCompleted())) return problem('conflict', 'never_synced', 'The catalog was never brought in. Start a sync first.');
    await tx.freshness.save({ nextAt: ctx.now() }, ctx.now());
    return ok(null);
  });
  if (!asked.ok) return asked;
  await queue.enqueue([{ name: 'reconcile-catalog', key: `reconcile-catalog:${ctx.tenantId}`, payload: { tenantId: ctx.tenantId, correlationId: ctx.correlationId } }])
    .catch((error: unknown) => ctx.log.warn({ err: error }, 'The queue did not take the bell for a reconciliation; the tick will'));
  return asked;
}
