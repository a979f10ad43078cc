import type { BusState } from '@calibr/types';
import { ok } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { JobQueue } from '../../ports/job-queue.ts';
import type { BusTopic } from '../../ports/journal.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

/** How the bus of the shop is doing. A queue that cannot be reached is a part of the answer, not an error. */
export async function busState(
  { uow, queue, logKeepMonths }: { readonly uow: UnitOfWork; readonly queue: JobQueue; readonly logKeepMonths: number | null }, ctx: FlowContext,
): Promise<Result<BusState>> {
  const [{ topics, logs }, counts] = await Promise.all([
    uow.run(ctx.tenantId, async (tx) => ({ topics: await tx.journal.busTopics(), logs: await tx.journal.logStates() })),
    queue.counts().catch((error: unknown) => {
      ctx.log.warn({ err: error }, 'The queue could not be counted');
      return null;
    }),
  ]);
  const sum = (of: (topic: BusTopic) => number): number => topics.reduce((total, topic) => total + of(topic), 0);
  const most = (of: (topic: BusTopic) => number): number => Math.round(topics.reduce((value, topic) => Math.max(value, of(topic)), 0));
  return ok({
    pending: sum(({ pending }) => pending), retrying: sum(({ retrying }) => retrying), dead: sum(({ dead }) => dead), lagMs: most(({ lagMs }) => lagMs), ageMs: most(({ ageMs }) => ageMs),
    topics: topics.map(({ topic, pending, retrying, dead }) => ({ topic, pending, retrying, dead })),
    queue: counts && { waiting: counts.waiting, active: counts.active, failed: counts.failed },
    logs: logs.map(({ log, entries, droppedUpTo, madeUntil, archives }) => ({
      log, entries, droppedUpTo: Number(droppedUpTo), madeUntil: madeUntil.toISOString(), keepMonths: logKeepMonths,
      archives: archives.map((piece) => ({
        partition: piece.partition, firstSeq: Number(piece.firstSeq), lastSeq: Number(piece.lastSeq), location: piece.location, sha256: hex(piece.sha256),
        archivedAt: piece.archivedAt.toISOString(), dropped: piece.dropped,
      })),
    })),
  });
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
