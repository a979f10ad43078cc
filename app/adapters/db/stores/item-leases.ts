import type { ItemRow } from '../../../domain/pricing/change.ts';
import type { ClaimedBatch, ItemEnding, ItemStore } from '../../../ports/change-store.ts';
import { itemColumnsNamed } from './item-columns.ts';
import { affected, arrayLiteral, many, one } from './rows.ts';
import type { Sql } from './rows.ts';

/**
 * lease   until when a row belongs to one worker; nobody else touches it before
 * epoch   grows with every claim; a worker whose epoch is old is refused at every later step (fencing)
 * bulk    the operation that a row went out with; while that is open the row is its worker's, whatever its own lease says
 * intent  a write was about to go out, at the latest at run_at; until the quiet period after that is over, it may still land
 */
const isOpen = "select from bulk_writes b where b.tenant_id = i.tenant_id and b.id = i.bulk_id and b.state <> 'ended'";
const landed = `greatest(i.intent_at, i.run_at) + $3::bigint * interval '1 millisecond'`;
/** False while all writes of the shop are stopped: nothing new goes out then, and rows in doubt are still found out. */
const allowed = '(select not t.writes_stopped from tenants t)';
/** The change itself, read once: joined with its rows it would hide from the planner that an index has them in the order asked for. */
const changeItself = 'c as materialized (select state, apply_seq from price_changes where id = $1)';
/**
 * A row waits while a change that began before it has to write the same variant, and while any other is writing it or is about to: what
 * that one read of the campaigns must not change under it. One in doubt waits for no row that is queued: nothing can be written before
 * it is known what became of it. OFFSET, and that the rows looked at are not said to be queued or writing (a row that has ended holds
 * no lease), keep the last condition a look at the variant's own rows: by statistics that know nothing of rows queued a moment ago it
 * would be planned to read all that are left.
 */
const due = `(i.lease_until is null or i.lease_until <= $2) and (i.run_at is null or i.run_at <= $2)
   and ((i.state = 'queued' and (select c.state = 'applying' from c) and ${allowed})
     or (i.state = 'writing' and (select c.state in ('applying', 'paused') from c) and ${landed} <= $2 and not exists (${isOpen})))
   and not exists (
     select from price_change_items e join price_changes ec on ec.tenant_id = e.tenant_id and ec.id = e.change_id
      where e.tenant_id = i.tenant_id and e.variant_id = i.variant_id and e.change_id <> i.change_id
        and ((e.state = 'writing' and (i.state = 'queued' or ec.apply_seq < (select c.apply_seq from c)))
          or (i.state = 'queued' and e.lease_until > $2)
          or (i.state = 'queued' and e.state = 'queued' and ec.state = 'applying' and ec.apply_seq < (select c.apply_seq from c))) offset 0)`;

/** Products that one look takes in, at most: while few of them are due, it takes in more each time. */
const LOOK_MAX = 3_200;
const toWrite = "i.change_id = $1 and i.state in ('queued', 'writing')";

/**
 * Up to which product the next $2 behind $3 lie. From product to product over the index of the rows that are left
 * (price_change_items_to_write), so that a claim costs the same whether ten rows are left or a hundred thousand.
 */
const NEXT_PRODUCTS = `with recursive heads(product_ref, n) as (
   (select i.product_ref, 1 from price_change_items i where ${toWrite} and ($3::bigint is null or i.product_ref > $3) order by i.product_ref limit 1)
   union all
   select next.product_ref, heads.n + 1 from heads cross join lateral (
     select i.product_ref from price_change_items i where ${toWrite} and i.product_ref > heads.product_ref order by i.product_ref limit 1) next where heads.n < $2)
 select max(product_ref) as up_to, count(*)::int as products from heads`;

/** Rows are locked where they lie and updated there. */
const CLAIM = `with ${changeItself}, found as materialized (
   select i.ctid as place, i.product_ref, i.position from price_change_items i
    where ${toWrite} and ($6::bigint is null or i.product_ref > $6) and i.product_ref <= $7 and ${due}
    order by i.product_ref, i.position for update of i skip locked),
 picked as materialized (
   select place from (select place, dense_rank() over (order by product_ref) as product, row_number() over (partition by product_ref order by position) as n from found) ranked
    where product <= $8 and n <= $9)
 update price_change_items i set owner = $4, lease_until = $5, epoch = i.epoch + 1 from picked where i.ctid = picked.place returning ${itemColumnsNamed}`;

export async function claimRows(sql: Sql, changeId: string, { owner, now, leaseMs, quietMs, maxBatches, maxRows, after = null }: Parameters<ItemStore['claim']>[1]): Promise<readonly ClaimedBatch[]> {
  const leaseUntil = new Date(now.getTime() + leaseMs);
  const batches = new Map<bigint, ItemRow[]>();
  // By the index that has the rows in this order, whatever the statistics say: they know nothing of rows that were queued a moment ago,
  // and reading and sorting all that are left, product after product, takes a minute where this takes half a second.
  await sql.query("select set_config('enable_sort', 'off', true), set_config('enable_hashjoin', 'off', true)");
  let behind = after;
  for (let look = maxBatches; batches.size < maxBatches; look = Math.min(LOOK_MAX, look * 2)) {
    const next = (await one<{ upTo: bigint | null; products: number }>(sql, NEXT_PRODUCTS, [changeId, look, behind]))!;
    if (next.upTo === null) break;
    const rows = await many<ItemRow>(sql, CLAIM, [changeId, now, quietMs, owner, leaseUntil, behind, next.upTo, maxBatches - batches.size, maxRows]);
    for (const row of rows.sort((a, b) => a.position - b.position)) {
      const batch = batches.get(row.productRef);
      if (batch) batch.push(row);
      else batches.set(row.productRef, [row]);
    }
    if (next.products < look) break;
    behind = next.upTo;
  }
  await sql.query("select set_config('enable_sort', 'on', true), set_config('enable_hashjoin', 'on', true)");
  return [...batches].map(([productRef, batch]) => ({ productRef, rows: batch, leaseUntil }));
}

/**
 * Rows that are still ours. CASE hides from the planner how rare they are by its statistics, which know nothing of rows that were
 * leased a moment ago: it would look for "the one row" of this owner and compare it with each of the given.
 */
const mine = "i.id = m.id and case when i.epoch = m.epoch and i.owner = $3 then i.state in ('queued', 'writing') else false end";
/** One list of rows: joined with a second, each row of the one would be compared with each of the other. */
const given = 'unnest($1::uuid[], $2::int[]) as m(id, epoch)';
const keys = (items: readonly ItemRow[]): [string, string] => [arrayLiteral(items.map((item) => item.id)), arrayLiteral(items.map((item) => item.epoch))];

/**
 * Variants that another change is writing. A change that was paused, or the rest after a first part, comes to its rows out of turn: of
 * two that are about to write a variant the second waits here for the first, and then sees its intent.
 */
async function beingWritten(sql: Sql, changeId: string, items: readonly ItemRow[]): Promise<ReadonlySet<string>> {
  const ids = [...new Set(items.map((item) => item.variantId))];
  const these = arrayLiteral(ids);
  await sql.query('select count(*) from (select from variants where id = any($1) order by id for no key update) held', [these]);
  const rows = await many<{ variantId: string }>(sql,
    // CASE, so that it goes by the variants and not over all rows that are left, however few of them the statistics know.
    `select variant_id from price_change_items where variant_id = any($1) and case when change_id <> $2 then state = 'writing' else false end`, [these, changeId]);
  return new Set(rows.map((row) => row.variantId));
}

export async function markIntentRows(sql: Sql, asked: Parameters<ItemStore['markIntent']>[0], owner: string, { now, sendBy, leaseUntil, bulkId = null }: Parameters<ItemStore['markIntent']>[2]): Promise<ReadonlySet<string>> {
  if (asked.length === 0) return new Set();
  // The change is read under lock: a pause or a cancel that committed before this point stops the write. The switch that stops all
  // writes has a lock of its own; the next statement sees what it left.
  const change = await one<{ state: string }>(sql, 'select state, app.hold_writes_shared() as held from price_changes where id = $1 for share', [asked[0]!.item.changeId]);
  if (change?.state !== 'applying') return new Set();
  const busy = await beingWritten(sql, asked[0]!.item.changeId, asked.map(({ item }) => item));
  const intended = asked.filter(({ item }) => !busy.has(item.variantId));
  const items = intended.map(({ item }) => item);
  const rows = await many<{ id: string }>(sql,
    `update price_change_items i set state = 'writing', intent_at = $4, run_at = $5, lease_until = coalesce($10, i.lease_until), expected_price = m.price, expected_compare_at = m.compare_at, expected_origin = m.origin, bulk_id = $9
       from unnest($1::uuid[], $2::int[], $6::bigint[], $7::bigint[], $8::text[]) as m(id, epoch, price, compare_at, origin) where ${mine} and case when i.lease_until > $4 then true else false end and ${allowed} returning i.id`,
    [...keys(items), owner, now, sendBy, arrayLiteral(intended.map(({ expected }) => expected.price)), arrayLiteral(intended.map(({ expected }) => expected.compareAt)), arrayLiteral(intended.map(({ expected }) => expected.origin)), bulkId, leaseUntil ?? null]);
  return new Set(rows.map((row) => row.id));
}

export async function finishRows(sql: Sql, endings: readonly ItemEnding[], owner: string, now: Date): Promise<ReadonlySet<string>> {
  if (endings.length === 0) return new Set();
  const rows = await many<{ id: string }>(sql,
    `update price_change_items i
        set state = m.state, live_price = m.live_price, live_compare_at = m.live_compare_at, live_origin = m.live_origin, live_read_at = case when m.live_price is not null then $4::timestamptz end,
            verdict = m.verdict, request_id = coalesce(m.request_id, i.request_id), finished_at = $4, owner = null, lease_until = null, run_at = null
       from unnest($1::uuid[], $2::int[], $5::text[], $6::bigint[], $7::bigint[], $8::text[], $9::text[], $10::text[]) as m(id, epoch, state, live_price, live_compare_at, verdict, request_id, live_origin)
      where ${mine} returning i.id`,
    [...keys(endings.map((ending) => ending.item)), owner, now,
      ...[endings.map((ending) => ending.state), endings.map((ending) => ending.live?.price), endings.map((ending) => ending.live?.compareAt),
        endings.map((ending) => ending.verdict), endings.map((ending) => ending.requestId), endings.map((ending) => ending.live?.origin)].map(arrayLiteral)]);
  return new Set(rows.map((row) => row.id));
}

export async function releaseRows(sql: Sql, items: readonly ItemRow[], owner: string, { runAt, countAttempt, doubt }: Parameters<ItemStore['release']>[2]): Promise<void> {
  if (items.length === 0) return;
  await affected(sql,
    `update price_change_items i
        set owner = null, lease_until = null, run_at = $4, attempts = i.attempts + case when $5 then 1 else 0 end,
            state = case when $6 then i.state else 'queued' end, intent_at = case when $6 then i.intent_at end,
            expected_price = case when $6 or i.resolution = 'write_ours' then i.expected_price end,
            expected_compare_at = case when $6 or i.resolution = 'write_ours' then i.expected_compare_at end
       from ${given} where ${mine}`, [...keys(items), owner, runAt, countAttempt, doubt]);
}

export async function nextDueRow(sql: Sql, changeId: string, now: Date, quietMs: number): Promise<Date | null> {
  const row = await one<{ next: Date | null }>(sql,
    // Apart, so that the queued rows, which can be a million, are not even looked at while none of them may be written.
    `select least(
       (select min(greatest($2::timestamptz, i.run_at, i.lease_until, ${landed})) from price_change_items i where i.change_id = $1 and i.state = 'writing' and not exists (${isOpen})),
       (select min(greatest($2::timestamptz, b.lease_until)) from bulk_writes b where b.change_id = $1 and b.state <> 'ended'),
       (select min(greatest($2::timestamptz, i.run_at, i.lease_until)) from price_change_items i
         where i.change_id = $1 and i.state = 'queued' and ${allowed} and (select c.state = 'applying' from price_changes c where c.id = $1))) as next`, [changeId, now, quietMs]);
  return row?.next ?? null;
}
