import { tooMuch } from '../../domain/pricing/pause-limits.ts';
import type { ChangeRow } from '../../domain/pricing/change.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';
import { pauseLocked } from './pause.ts';

/** Rows that end between two looks: counting the rows of a large change costs more than writing one. */
const LOOK_EVERY_ROWS = 20;
const LOOKS_MAX = 200;

export interface RateWatch {
  saw(ending: 'applied' | 'settled' | 'conflict' | 'failed'): void;
  /** Pauses the change when too much went wrong. What is counted comes from Postgres, so that all workers count the same. */
  look(options?: { readonly last: boolean }): Promise<void>;
}

/** Watches how the rows of one run end. Looks only after something went wrong, and then not for every row. */
export function watchRates(uow: UnitOfWork, ctx: FlowContext, change: ChangeRow): RateWatch {
  const limits = change.pauseOn;
  if (!limits) return { saw() {}, async look() {} };
  const planned = Number(change.summary?.planned ?? 0);
  const every = Math.max(Math.min(LOOK_EVERY_ROWS, limits.minimumRows), Math.ceil(planned / LOOKS_MAX));
  let ended = 0;
  let wrong = 0;
  return {
    saw(ending) {
      ended += 1;
      if (ending === 'conflict' || ending === 'failed') wrong += 1;
    },
    async look({ last } = { last: false }) {
      if (wrong === 0 || (ended < every && !last)) return;
      ended = 0;
      wrong = 0;
      await pauseIfTooMuch(uow, ctx, change.id);
    },
  };
}

async function pauseIfTooMuch(uow: UnitOfWork, ctx: FlowContext, id: string): Promise<void> {
  await uow.run(ctx.tenantId, async (tx) => {
    const change = await tx.changes.lock(id);
    if (change?.state !== 'applying' || !change.pauseOn) return;
    const found = tooMuch(await tx.items.countByState(id), change.pauseOn);
    if (!found) return;
    ctx.log.warn({ changeId: id, code: found.code }, 'A price change paused by itself');
    await pauseLocked(tx, ctx, change, { code: found.code, reason: found.sentence });
  });
}
