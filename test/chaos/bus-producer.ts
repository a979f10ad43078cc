import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UnitOfWork } from '../../app/ports/unit-of-work.ts';
import type { TenantId } from '../../app/domain/kernel/ids.ts';
import type { FlowContext } from '../../app/ports/context.ts';
import { silentLog } from '../contract/silent-log.ts';
import { Chance } from '../faults/chance.ts';

export interface Produced {
  /** Ids of the events whose commit was answered. */
  readonly answered: readonly string[];
  /** Commits whose answer was lost with the server. */
  readonly unanswered: number;
}

/** Appends `messages` events, some in one transaction, to the aggregates of these tenants, evenly over `ms`. */
export async function produce(
  uow: UnitOfWork, { tenants, aggregates, messages, ms, seed }: { tenants: readonly TenantId[]; aggregates: number; messages: number; ms: number; seed: number },
): Promise<Produced> {
  const chance = new Chance(seed + 1);
  const places = Array.from({ length: aggregates }, (_, n) => ({ tenant: tenants[n % tenants.length]!, id: randomUUID(), begun: false }));
  const answered: string[] = [];
  let unanswered = 0;
  const began = performance.now();
  for (let sent = 0; sent < messages;) {
    const { tenant } = chance.of(places);
    const batch = Array.from({ length: Math.min(chance.between(1, 8), messages - sent) }, () => chance.of(places.filter((place) => place.tenant === tenant)))
      .map((place) => ({ place, eventId: randomUUID() }));
    try {
      await uow.run(tenant, async (tx) => {
        for (const { place, eventId } of batch) {
          const ctx: FlowContext = {
            tenantId: tenant, actor: { kind: 'system', id: 'chaos' }, requestId: eventId, correlationId: eventId, causationId: null, now: () => new Date(), newId: () => eventId, log: silentLog,
          };
          // Counted by the projection, so that one that was skipped or taken twice shows in the replay; and it rings.
          if (place.begun) await tx.journal.append(ctx, { type: 'price.conflict_resolved', aggregateType: 'price_change', aggregateId: place.id, payload: { changeId: place.id, state: 'kept' } });
          else await tx.journal.append(ctx, { type: 'price_change.started', aggregateType: 'price_change', aggregateId: place.id, payload: { changeId: place.id } });
        }
      });
      for (const { place } of batch) place.begun = true;
      answered.push(...batch.map(({ eventId }) => eventId));
      sent += batch.length;
    } catch {
      // The server is gone. Whether this was committed the log will tell; the same number of messages is sent anew.
      unanswered += 1;
      await sleep(200);
    }
    const ahead = (sent / messages) * ms - (performance.now() - began);
    if (ahead > 0) await sleep(ahead);
  }
  return { answered, unanswered };
}
