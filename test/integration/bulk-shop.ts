import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { BulkDeps, RunApplyDeps } from '../../app/flows/apply-change/apply-deps.ts';
import type { FlowShop } from './flow-shop.ts';
import { ScriptedBulk } from './scripted-bulk.ts';

export interface BulkShop {
  readonly bulk: ScriptedBulk;
  readonly wait: BulkDeps['wait'];
  /** What each wait takes of real time, so that others come to their turn meanwhile. */
  realMs: number;
  /** One run by the way that the numbers say, or by bulk operations where `only` is left as it is. */
  run(id: string, deps?: Partial<RunApplyDeps>, options?: { readonly only?: BulkDeps['only'] | null; readonly signal?: AbortSignal }): Promise<{ comeBackAt: Date | null }>;
  /** Runs again at the time each run asks for, until none is asked for. */
  runToTheEnd(id: string, only?: BulkDeps['only'] | null): Promise<void>;
  /** The operations as they are stored, the oldest first. */
  stored(): Promise<{ id: string; state: string; outcome: string | null; rows: number; told: number; epoch: number }[]>;
}

/** Whatever is written from now on goes out by bulk operations. */
export function byBulk(shop: FlowShop): BulkShop {
  const byCalls = shop.run;
  const made = openBulkShop({ ...shop, run: byCalls });
  Object.assign(shop, { run: (id: string, deps: Partial<RunApplyDeps> = {}, signal?: AbortSignal) => made.run(id, deps, signal ? { signal } : {}) });
  return made;
}

/** Bulk operations beside a flow shop; waiting moves its clock. */
export function openBulkShop(shop: FlowShop): BulkShop {
  const bulk = new ScriptedBulk(shop.channel, shop.now);
  const made: BulkShop = {
    bulk,
    wait: async (ms) => {
      await delay(made.realMs);
      shop.advance(ms);
    },
    realMs: 0,
    run: (id, deps = {}, { only = 'bulk', signal } = {}) => shop.run(id, {
      owner: `worker-${randomUUID()}`,
      bulk: { writes: bulk, wait: made.wait, ...(only === null ? {} : { only }) }, ...deps,
    }, signal),
    async runToTheEnd(id, only = 'bulk') {
      for (let runs = 0; runs < 200; runs++) {
        const { comeBackAt } = await made.run(id, {}, { only });
        if (!comeBackAt) return;
        shop.advance(Math.max(1, comeBackAt.getTime() - shop.now().getTime()));
      }
      throw new Error('The change does not end');
    },
    stored: () => shop.sql('select id, state, outcome, rows, told, epoch from bulk_writes order by created_at, id'),
  };
  return made;
}
