import type { TenantId } from '../../domain/kernel/ids.ts';
import type { JobQueue } from '../../ports/job-queue.ts';

export interface DueWork {
  readonly kind: 'price_change' | 'preview' | 'schedules' | 'sync' | 'webhooks' | 'reconcile' | 'subscriptions';
  readonly tenantId: TenantId;
  readonly id: string | null;
}

const JOB_OF: Record<DueWork['kind'], string> = {
  price_change: 'apply-change', preview: 'plan-change', schedules: 'run-schedules', sync: 'sync-catalog', webhooks: 'process-webhooks',
  reconcile: 'reconcile-catalog', subscriptions: 'check-subscriptions',
};

/**
 * Rings again for all work that Postgres knows to be unfinished. Losing the whole queue loses nothing: this finds it. Ringing
 * for work that is being done already is harmless, since every job looks for itself what is left.
 */
export async function ringDueWork({ dueWork, queue }: { dueWork: () => Promise<readonly DueWork[]>; queue: JobQueue }): Promise<number> {
  const due = await dueWork();
  await queue.enqueue(due.map(({ kind, tenantId, id }) => ({
    name: JOB_OF[kind], key: `${JOB_OF[kind]}:${id ?? tenantId}`, payload: { tenantId, ...(id === null ? {} : { id }) },
  })));
  return due.length;
}
