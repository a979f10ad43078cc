/** Controls of bulk operations: their speed, and a cancellation by somebody else. */
import { cancelBulkOperation } from './bulk-lifecycle.ts';
import { bulkSpeedOf, parseBulkSpeed } from './bulk-speed.ts';
import { gid } from './gid.ts';
import type { Shop } from './shop.ts';
import { SimError } from './sim-error.ts';
import type { Simulator } from './simulator.ts';

/** What is given changes, for operations under way too; the rest stays. */
export function setBulkSpeed(sim: Simulator, shop: Shop, body: Record<string, unknown>): unknown {
  const { mutation, query } = parseBulkSpeed(body);
  shop.bulk = { mutation: { ...shop.bulk.mutation, ...mutation }, query: { ...shop.bulk.query, ...query } };
  return bulkSpeedOf(sim, shop);
}

/** Somebody else cancels an operation, as staff of the shop can. */
export function cancelByHand(shop: Shop, id: number): unknown {
  const operation = shop.bulkOperations.find((candidate) => candidate.id === id);
  if (!operation) throw new SimError(404, `there is no bulk operation ${id} in ${shop.domain}`);
  const problem = cancelBulkOperation(operation);
  if (problem !== null) throw new SimError(409, problem);
  return { id: gid('BulkOperation', id), status: operation.status };
}
