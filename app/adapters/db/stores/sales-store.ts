import { dayAfter, SALES_WINDOW_DAYS } from '../../../domain/facts/sales-window.ts';
import type { SalesWindow } from '../../../domain/facts/sales-window.ts';
import { UnitsSold } from '../../../domain/facts/units-sold.ts';
import type { SalesStore } from '../../../ports/sales-store.ts';
import { affected, arrayLiteral, many, one } from './rows.ts';
import type { Sql } from './rows.ts';

/** Longer than any webhook is sent again (4 hours) and than orders are told late by hand. */
const ORDERS_KEPT_DAYS = 90;
const VOLUME_BATCH = 10_000;

export function salesStore(sql: Sql, tenantId: string): SalesStore {
  const moveWindow = async (today: string): Promise<void> => {
    const last = await one<{ day: string }>(sql, `select to_char(last_day, 'YYYY-MM-DD') as day from sales_window where last_day < $1 for update`, [today]);
    if (!last) return;
    const firstDay = dayAfter(today, 1 - SALES_WINDOW_DAYS);
    // Rows that say the same are left alone: most of a catalog sells the same from one day to the next, or nothing.
    await sql.query(
      `with fresh as (select variant_ref, sum(units)::bigint as units from variant_sales where day between $1::date and $2::date group by variant_ref),
            gone as (delete from variant_volume v where not exists (select from fresh f where f.variant_ref = v.variant_ref))
       insert into variant_volume (tenant_id, variant_ref, units) select $3::uuid, variant_ref, units from fresh
       on conflict (tenant_id, variant_ref) do update set units = excluded.units where variant_volume.units <> excluded.units`, [firstDay, today, tenantId]);
    await sql.query('update sales_window set first_day = $1, last_day = $2', [firstDay, today]);
    await sql.query('delete from counted_orders where day < $1', [dayAfter(today, -ORDERS_KEPT_DAYS)]);
  };
  return {
    moveWindow,
    async count(order, day, today, now) {
      const isNew = await affected(sql, 'insert into counted_orders (tenant_id, order_ref, day) values ($1, $2, $3) on conflict do nothing', [tenantId, order.ref, day]);
      if (isNew === 0) return false;
      await sql.query(
        `insert into sales_window (tenant_id, first_day, last_day, counted_since, latest_order_at) values ($1, $2, $3, $4, $5)
         on conflict (tenant_id) do update set latest_order_at = greatest(sales_window.latest_order_at, excluded.latest_order_at)`,
        [tenantId, dayAfter(today, 1 - SALES_WINDOW_DAYS), today, now, order.orderedAt]);
      await moveWindow(today);
      // In one order of numbers, so that two orders that meet do not wait for each other.
      await sql.query(
        `with sold as (select l.ref, l.units, l.revenue from unnest($2::bigint[], $3::bigint[], $4::bigint[]) as l(ref, units, revenue) order by l.ref),
         facts as (
           insert into variant_sales (tenant_id, variant_ref, day, currency_code, units, revenue) select $1::uuid, ref, $5::date, $6::char(3), units, revenue from sold
           on conflict (tenant_id, variant_ref, day, currency_code) do update set units = variant_sales.units + excluded.units, revenue = variant_sales.revenue + excluded.revenue)
         insert into variant_volume (tenant_id, variant_ref, units)
         select $1::uuid, s.ref, s.units from sold s, sales_window w where $5::date between w.first_day and w.last_day order by s.ref
         on conflict (tenant_id, variant_ref) do update set units = variant_volume.units + excluded.units`,
        [tenantId, arrayLiteral(order.lines.map((line) => line.variantRef)), arrayLiteral(order.lines.map((line) => line.units)),
          arrayLiteral(order.lines.map((line) => line.revenue)), day, order.currency]);
      return true;
    },
    window: () => one<SalesWindow>(sql,
      `select to_char(first_day, 'YYYY-MM-DD') as first_day, to_char(last_day, 'YYYY-MM-DD') as last_day, counted_since, latest_order_at from sales_window`),
    async unitsOf(variantRefs) {
      const rows = await many<{ ref: number; units: number }>(sql,
        'select variant_ref::float8 as ref, units::float8 as units from variant_volume where variant_ref = any($1::bigint[]) order by variant_ref', [arrayLiteral(variantRefs)]);
      const sold = new UnitsSold(rows.length);
      for (const { ref, units } of rows) sold.add(ref, units);
      return sold;
    },
    async unitsOfAll() {
      const { variants } = (await one<{ variants: number }>(sql, 'select count(*)::int as variants from variant_volume'))!;
      const sold = new UnitsSold(variants);
      await sql.query('declare volume_rows no scroll cursor for select variant_ref::float8 as ref, units::float8 as units from variant_volume order by variant_ref');
      for (;;) {
        const rows = await many<{ ref: number; units: number }>(sql, `fetch ${VOLUME_BATCH} from volume_rows`);
        for (const { ref, units } of rows) sold.add(ref, units);
        if (rows.length < VOLUME_BATCH) break;
      }
      await sql.query('close volume_rows');
      return sold;
    },
  };
}
