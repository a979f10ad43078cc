import type { TenantId } from '../../domain/kernel/ids.ts';
import type { ToldEvent } from '../../ports/journal.ts';
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
function jobsFor(event: ToldEvent, tenantId: TenantId): Job[] {
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
    case 'shop.currency_changed': return [shop('follow-currency')];
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

/** After this many failures in a row it is not the message: the rest waits, and no try of theirs is counted. */
const FAILURES_IN_A_ROW_MAX = 3;
const BACKOFF_MS_MAX = 300_000;

/**
 * Tells one leased batch of messages to their subscribers: the projection, then the jobs. Everything of a tenant is told in one
 * transaction, all jobs are enqueued together and all messages ended in one statement; what cannot be told so is told one by one, so
 * that a bad message sinks nothing but what comes after it in its own aggregate. Subscribers are idempotent by the event's seq and by
 * job key, so a message told twice has one effect. Answers how many were leased; 0 means nothing is due.
 */
export async function publishOutbox(deps: PublishDeps, owner: string, batchSize: number): Promise<number> {
  const messages = await deps.leases.lease(owner, batchSize);
  const told: LeasedMessage[] = [];
  const oneByOne: LeasedMessage[] = [];
  const jobs: Job[] = [];
  for (const [tenantId, group] of Map.groupBy(messages, (message) => message.tenantId)) {
    try {
      jobs.push(...await tell(deps, tenantId, group));
      told.push(...group);
    } catch (error) {
      if (group.length > 1) deps.log.warn({ tenantId, messages: group.length, err: error }, 'A batch of the outbox could not be told as a whole: its messages are told one by one');
      oneByOne.push(...group);
    }
  }
  try {
    await deps.queue.enqueue(once(jobs));
    await deps.leases.done(told, owner);
  } catch (error) {
    if (told.length > 1) deps.log.warn({ messages: told.length, err: error }, 'The jobs of a batch could not be enqueued together: its messages are told one by one');
    oneByOne.push(...told);
  }
  await tellOneByOne(deps, owner, oneByOne);
  return messages.length;
}

/** Projects the events of one tenant and answers the jobs that they ring for. Throws when any of them is not in the log, and has then done nothing. */
async function tell({ uow }: PublishDeps, tenantId: TenantId, messages: readonly LeasedMessage[]): Promise<Job[]> {
  const events = await uow.run(tenantId, async (tx) => {
    const found = await tx.journal.tell(messages);
    if (found.length < messages.length) throw new Error('The event of this message is not in the log');
    return found;
  });
  return events.flatMap((event) => jobsFor(event, tenantId));
}

/** Jobs with one name and key are one bell: the last of them rings. */
function once(jobs: readonly Job[]): Job[] {
  return [...new Map(jobs.map((job, index) => [job.key === undefined ? index : `${job.name} ${job.key}`, job])).values()];
}

async function tellOneByOne(deps: PublishDeps, owner: string, messages: readonly LeasedMessage[]): Promise<void> {
  const held = new Set<string>();
  const waiting: LeasedMessage[] = [];
  let failures = 0;
  for (const [index, message] of messages.entries()) {
    const aggregate = `${message.tenantId} ${message.aggregate}`;
    if (held.has(aggregate)) {
      waiting.push(message);
      continue;
    }
    if (failures >= FAILURES_IN_A_ROW_MAX) {
      const rest = messages.slice(index);
      await deps.leases.release(rest, owner, backoff(deps, 1));
      break;
    }
    try {
      await deps.queue.enqueue(await tell(deps, message.tenantId, [message]));
      await deps.leases.done([message], owner);
      failures = 0;
    } catch (error) {
      failures += 1;
      const detail = error instanceof Error ? error.message : String(error);
      const spent = message.attempts >= deps.maxAttempts;
      // What follows waits for the next try, or, behind a dead letter, for the next batch.
      held.add(aggregate);
      deps.log.error({ outboxId: message.id, topic: message.topic, attempts: message.attempts, dead: spent, detail }, 'A message of the outbox could not be told');
      await deps.leases.failed(message, owner, { error: detail.slice(0, 500), runAt: backoff(deps, message.attempts), dead: spent });
    }
  }
  await deps.leases.release(waiting, owner, null);
}

/** Full jitter, so that messages that failed together do not come back together. */
function backoff({ now, random }: PublishDeps, attempts: number): Date {
  return new Date(now().getTime() + Math.round(random() * Math.min(BACKOFF_MS_MAX, 500 * 2 ** attempts)));
}
