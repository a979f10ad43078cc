import type { TenantId } from '../../domain/kernel/ids.ts';
import type { EventRow } from '../../ports/journal.ts';
import type { Job, JobQueue } from '../../ports/job-queue.ts';
import type { OutboxLeases, LeasedMessage } from '../../ports/outbox.ts';
import type { Log } from '../../ports/context.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

export interface PublishDeps {
  readonly leases: OutboxLeases;
  readonly uow: UnitOfWork;
  readonly queue: JobQueue;
  readonly now: () => Date;
  readonly random: () => number;
  readonly log: Log;
  readonly maxAttempts: number;
}

/** Which job each event rings for. Everything else only moves projections. */
function jobsFor(event: EventRow, tenantId: TenantId): Job[] {
  const job = (name: string): Job => ({ name, key: `${name}:${event.aggregateId}`, payload: { tenantId, id: event.aggregateId, correlationId: event.correlationId, causationId: event.id } });
  const shop = (name: string): Job => ({ name, key: `${name}:${tenantId}`, payload: { tenantId, correlationId: event.correlationId, causationId: event.id } });
  switch (event.type) {
    case 'price_change.preview_requested': return [job('plan-change')];
    case 'price_change.started':
    case 'price_change.resumed':
    case 'price_change.reopened': return [job('apply-change')];
    // A row of a campaign that is over may have to go into another round of its end.
    case 'price.conflict_resolved': return [job('apply-change'), job('finish-end')];
    // What was approved under a rule or policies that hold no more loses its approval; what waits for approval is stale.
    case 'rule.updated':
    case 'rule.deleted': return [job('void-approvals-of-rule'), shop('check-plans')];
    case 'policy.updated': return [job('void-approvals-of-policies'), shop('check-plans')];
    case 'catalog.sync_started': return [job('sync-catalog')];
    // Price lists after the catalog, whose variants the prices belong to.
    case 'catalog.synced': return [job('sync-price-lists'), shop('notice-drift'), shop('check-plans')];
    case 'price_lists.sync_requested': return [job('sync-price-lists')];
    // Everything of the shop that waited is due now; the tick knows all of it.
    case 'shop.writes_resumed': return [{ name: 'tick', key: 'tick', payload: {} }];
    // Prices moved: campaigns may no longer show what they should, and plans no longer fit.
    case 'product.updated': return [job('notice-drift'), job('check-plans')];
    case 'price.conflict': return [shop('notice-drift')];
    case 'price_change.completed': return [shop('notice-drift'), shop('check-plans')];
    default: return [];
  }
}

/**
 * Tells one leased batch of messages to their subscribers: the projection, then the jobs. Subscribers are idempotent by the
 * event's seq and by job key, so a message told twice has one effect. Answers how many were leased; 0 means nothing is due.
 */
export async function publishOutbox(deps: PublishDeps, owner: string, batchSize: number): Promise<number> {
  const messages = await deps.leases.lease(owner, batchSize);
  for (const message of messages) {
    try {
      await tell(deps, message);
      await deps.leases.done(message, owner);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      const spent = message.attempts >= deps.maxAttempts;
      // Full jitter, so that messages that failed together do not come back together.
      const delayMs = Math.round(deps.random() * Math.min(300_000, 500 * 2 ** message.attempts));
      deps.log.error({ outboxId: message.id, topic: message.topic, attempts: message.attempts, dead: spent, detail }, 'A message of the outbox could not be told');
      await deps.leases.failed(message, owner, { error: detail.slice(0, 500), runAt: new Date(deps.now().getTime() + delayMs), dead: spent });
    }
  }
  return messages.length;
}

async function tell({ uow, queue }: PublishDeps, message: LeasedMessage): Promise<void> {
  const event = await uow.run(message.tenantId, async (tx) => {
    const found = await tx.journal.event(message.eventId);
    if (found) await tx.journal.projectChange(found);
    return found;
  });
  if (!event) throw new Error('The event of this message is not in the log');
  const jobs = jobsFor(event, message.tenantId);
  if (jobs.length) await queue.enqueue(jobs);
}
