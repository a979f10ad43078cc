import type { ItemRow } from '../../../domain/pricing/change.ts';
import type { BulkWriteRow, BulkWriteStore, Hold } from '../../../ports/bulk-write-store.ts';
import { itemColumns } from './item-columns.ts';
import { affected, many, one } from './rows.ts';
import type { Sql } from './rows.ts';

const columns = 'id, change_id, state, operation_ref, owner, epoch, lease_until, rows, products, send_by, told, outcome, failure, ran_ms, created_at, started_at, ended_at';
/** Still this worker's, in whatever open state. */
const held = "id = $1 and owner = $2 and epoch = $3 and state <> 'ended'";
const keys = ({ id, owner, epoch }: Hold): [string, string, number] => [id, owner, epoch];

export function bulkWriteStore(sql: Sql, tenantId: string): BulkWriteStore {
  return {
    create: async ({ id, changeId, owner, itemIds, products, now, leaseUntil }) => (await one<BulkWriteRow>(sql,
      `insert into bulk_writes (tenant_id, id, change_id, state, owner, lease_until, item_ids, rows, products, created_at)
       values ($1, $2, $3, 'preparing', $4, $5, $6, $7, $8, $9) returning ${columns}`, [tenantId, id, changeId, owner, leaseUntil, itemIds, itemIds.length, products, now]))!,
    get: (id) => one<BulkWriteRow>(sql, `select ${columns} from bulk_writes where id = $1`, [id]),
    async takeOver(changeId, { owner, now, leaseUntil }) {
      const taken = await many<BulkWriteRow>(sql,
        `update bulk_writes b set owner = $3, lease_until = $4, epoch = b.epoch + 1
           from (select id from bulk_writes where change_id = $1 and state <> 'ended' and lease_until <= $2 order by id for update skip locked) due
          where b.id = due.id returning ${columns.replaceAll(/(^|, )/g, '$1b.')}`, [changeId, now, owner, leaseUntil]);
      // Its rows go with it: what the last worker still wants to record of them is refused.
      for (const { id } of taken) {
        await affected(sql,
          `update price_change_items i set owner = $2, lease_until = $3, epoch = i.epoch + 1
             from bulk_writes b where b.id = $1 and i.id = any(b.item_ids) and i.bulk_id = b.id and i.state = 'writing'`, [id, owner, leaseUntil]);
      }
      return taken;
    },
    items: (id) => many<ItemRow>(sql,
      `select ${itemColumns} from bulk_writes b cross join lateral unnest(b.item_ids) with ordinality as line(item_id, n)
         join price_change_items i on i.id = line.item_id where b.id = $1 order by line.n`, [id]),
    async begin(hold, { now, leaseUntil, sendBy }) {
      // As an intent: a pause or a cancel that committed before this point stops it, and so does the switch that stops all writes.
      const may = await one<{ state: string }>(sql,
        'select c.state, app.hold_writes_shared() as held from price_changes c where c.id = (select b.change_id from bulk_writes b where b.id = $1) for share', [hold.id]);
      const allowed = await one(sql, 'select 1 as allowed from tenants where not writes_stopped');
      if (may?.state !== 'applying' || !allowed) return 'stopped';
      return (await affected(sql, `update bulk_writes set state = 'starting', send_by = $4, lease_until = $5 where ${held} and state = 'preparing' and lease_until > $6`,
        [...keys(hold), sendBy, leaseUntil, now])) > 0 ? 'begun' : 'lost';
    },
    run: async (hold, { operationRef, now, leaseUntil }) => (await affected(sql,
      `update bulk_writes set state = 'running', operation_ref = $4, started_at = $5, lease_until = $6 where ${held}`, [...keys(hold), operationRef, now, leaseUntil])) > 0,
    renew: async (hold, leaseUntil) => (await affected(sql, `update bulk_writes set lease_until = $4 where ${held}`, [...keys(hold), leaseUntil])) > 0,
    end: async (hold, { outcome, failure, told, ranMs, now }) => (await affected(sql,
      `update bulk_writes set state = 'ended', outcome = $4, failure = $5, told = $6, ran_ms = $7, ended_at = $8, item_ids = '{}' where ${held}`,
      [...keys(hold), outcome, failure, told, ranMs, now])) > 0,
    paces: ({ limit, since }) => many(sql,
      'select told as rows, ran_ms::float8 / 1000 as seconds from bulk_writes where ran_ms is not null and ended_at > $2 order by ended_at desc limit $1', [limit, since]),
  };
}
