/** A worker that is killed between any two steps of a bulk operation: with the step undone, and with it done and its answer lost. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UnitOfWork } from '../../app/ports/unit-of-work.ts';
import { useTestDatabase } from '../setup/database.ts';
import { openBulkShop } from './bulk-shop.ts';
import { LEASE_MS, QUIET_MS, openFlowShop } from './flow-shop.ts';
import type { FlowShop } from './flow-shop.ts';

const database = useTestDatabase();
const ROWS = 4;
let shops: FlowShop[] = [];
beforeAll(() => { shops = []; });
afterAll(async () => {
  for (const shop of shops) await shop.close();
});

class Killed extends Error {}

/** Lets `steps` calls through; the next one is the last: it does not happen, or happens and is not answered. Then nothing answers any more. */
class Life {
  steps = 0;
  readonly #last: number;
  readonly #done: boolean;
  constructor(last: number, done: boolean) {
    this.#last = last;
    this.#done = done;
  }

  async step<T>(work: () => Promise<T>): Promise<T> {
    this.steps += 1;
    if (this.steps < this.#last) return work();
    if (this.steps === this.#last && this.#done) await work();
    throw new Killed();
  }

  over<P extends object>(port: P): P {
    return new Proxy(port, { get: (target, key) => {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      if (key === 'result') {
        const read = value.bind(target) as (...given: unknown[]) => AsyncIterable<unknown>;
        const life = this as Life;
        return async function* (...given: unknown[]) {
          for await (const line of read(...given)) yield await life.step(async () => line);
        };
      }
      return (...given: unknown[]) => this.step(async () => (value as (...of: unknown[]) => unknown).apply(target, given));
    } });
  }
}

/** Kills the first worker at its `last` step, and lets others end the change. False where the first one came to its end. */
async function killAt(last: number, done: boolean): Promise<boolean> {
  const shop = await openFlowShop(database.urls.app);
  shops.push(shop);
  const { bulk, wait, ...rest } = openBulkShop(shop);
  await shop.stock(ROWS);
  const id = await shop.start();
  bulk.linesALook = 3;
  const life = new Life(last, done);
  const uow: UnitOfWork = { run: (tenantId, work) => life.step(() => shop.uow.run(tenantId, work)) };
  const first = await rest.run(id, { uow, channel: life.over(shop.channel), bulk: { writes: life.over(bulk), wait: (ms, signal) => life.step(() => wait(ms, signal)), only: 'bulk' } })
    .then(() => null, (error: unknown) => error);
  if (first !== null && !(first instanceof Killed)) throw first;
  // Shopify works on, whoever is there.
  for (const operation of bulk.running()) if (last % 2 === 0) bulk.work(operation, Infinity);
  shop.advance(LEASE_MS + 1);
  await rest.runToTheEnd(id).catch((error: unknown) => { throw new Error(`killed at step ${last}${done ? ', done' : ''}: ${String(error)}`); });
  const where = `killed at step ${last}${done ? ', which was done' : ''}`;
  expect(await shop.state(id), where).toBe('applied');
  // Each row was written once, over the price that the plan saw.
  expect(shop.channel.log.map(({ variantRef, from, to }) => `${variantRef} ${from} ${to}`).sort(), where).toEqual(['1 1000 900', '2 1000 900', '3 1000 900', '4 1000 900']);
  expect((await rest.stored()).every(({ state }) => state === 'ended'), where).toBe(true);
  expect(await shop.differences(), where).toEqual([]);
  shops.pop();
  await shop.close();
  return first !== null;
}

describe('a worker that is killed', () => {
  it.each([['before a step', false], ['after a step', true]] as const)('%s leaves nothing lost and nothing doubled, wherever it was', async (_, done) => {
    let last = 1;
    while (await killAt(last, done)) last += 1;
    // It was killed in the middle of something at all.
    expect(last).toBeGreaterThan(15);
    expect(QUIET_MS).toBeLessThan(LEASE_MS);
  }, 240_000);
});
