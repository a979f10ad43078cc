import { reductionSince, withoutUnwatched } from '../../../domain/reference-prices/lowest-price.ts';
import type { KnownPrices, ShownPrice, Unwatched } from '../../../domain/reference-prices/lowest-price.ts';
import type { PastPrice, PriceHistoryStore, RestoreRow } from '../../../ports/price-history.ts';
import { arrayLiteral, cursorPages, many, one } from './rows.ts';
import type { Sql } from './rows.ts';

/** price as text, since JSON's numbers would lose digits; compare-at likewise; from and to as milliseconds. */
type Point = [price: string, compareAt: string | null, from: number, to: number | null];

const milliseconds = (column: string): string => `trunc(extract(epoch from ${column}) * 1000)::bigint`;

// Variant by variant through the index, whatever the planner believes of tables that were just filled: by LATERAL and not by a join or EXISTS,
// which it turned into a scan of all versions for every batch.
/** One row a variant, its versions in it as JSON: moving rows is what such a query costs. */
const known = (versions: string): string => `select g.id as "variantId", made.at as made, h.points
  from unnest($1::uuid[]) g(id)
  cross join lateral (select json_agg(json_build_array(pv.unit_amount::text, pv.compare_at::text, ${milliseconds('pv.valid_from')}, ${milliseconds('pv.valid_to')}) order by pv.valid_from, pv.id) as points
     from ${versions} pv where pv.variant_id = g.id and (pv.valid_to is null or pv.valid_to > $2) and pv.valid_to is distinct from pv.valid_from) h
  left join lateral (select ${milliseconds('p.created_at')}::float8 as at from variants v join products p on p.tenant_id = v.tenant_id and p.id = v.product_id where v.id = g.id limit 1) made on true`;

/**
 * Of these variants, those whose open version began after $2, or that have another one of the time since: few prices move in a month. And
 * of those that show a reduction ($3) since when, where that is the only price we ever saw.
 */
const moved = (versions: string): string => `select g.id, h.still = 0 or h.others > 0 as moved, case when h.versions = 1 then ${milliseconds('h.since')}::float8 end as since
  from unnest($1::uuid[], $3::boolean[]) g(id, reduced)
  cross join lateral (select count(*) filter (where pv.valid_to is null and pv.valid_from <= $2) as still, count(*) filter (where pv.valid_to > $2) as others,
      count(*) as versions, min(pv.valid_from) as since from ${versions} pv where pv.variant_id = g.id) h
 where h.still = 0 or h.others > 0 or g.reduced`;

const OWN = 'price_versions';
const OWN_PRICES = { known: known(OWN), moved: moved(OWN) };
/** Of one price list, given last. */
const list = (param: string): string => `(select * from price_list_prices where price_list_id = ${param})`;
const LIST_PRICES = { known: known(list('$3')), moved: moved(list('$4')) };

const BEGINNING = new Date('0001-01-01T00:00:00Z');

/** From each removal of the app to the first whole reading of the catalog that began after it; where none did, to the installation. */
const UNWATCHED = `select ${milliseconds('gone.at')}::float8 as "from", ${milliseconds('back.at')}::float8 as "to"
  from tenants t join audit_log u on u.entity = 'shop' and u.entity_id = t.tenant_id::text and u.action = 'uninstalled'
  cross join lateral (select coalesce((u.explain->>'at')::timestamptz, u.created_at) as at) gone
  cross join lateral (select coalesce((select min(s.started_at) from catalog_syncs s where s.state = 'completed' and s.started_at >= gone.at),
      case when t.state = 'installed' and t.installed_at >= gone.at then t.installed_at end) as at) back`;

export function priceHistoryStore(sql: Sql): PriceHistoryStore {
  let unwatched: readonly Unwatched[] | null = null;
  return {
    async known(variants, { start, from }, priceListId = null) {
      const found = new Map<string, KnownPrices>();
      if (variants.length === 0) return found;
      const text = priceListId === null ? OWN_PRICES : LIST_PRICES;
      const list = priceListId === null ? [] : [priceListId];
      const read = async (ids: readonly string[], since: Date): Promise<void> => {
        if (ids.length === 0) return;
        for (const { variantId, made, points } of await many<{ variantId: string; made: number | null; points: readonly Point[] | null }>(sql, text.known, [arrayLiteral(ids), since, ...list])) {
          found.set(variantId, {
            onMarketSince: made,
            points: (points ?? []).map(([price, compareAt, start, end]): ShownPrice => ({ price: BigInt(price), compareAt: compareAt === null ? null : BigInt(compareAt), from: start, to: end })),
          });
        }
      };
      for (const { variantId, price, compareAt } of variants) found.set(variantId, { onMarketSince: null, points: [{ price, compareAt, from, to: null }] });
      const since = new Date(from);
      const reduced = variants.map(({ price, compareAt }) => compareAt !== null && compareAt > price);
      const others = await many<{ id: string; moved: boolean; since: number | null }>(sql, text.moved, [`{${variants.map((variant) => variant.variantId).join(',')}}`, since, `{${reduced.join(',')}}`, ...list]);
      const movedIds = others.filter((other) => other.moved).map(({ id }) => id);
      for (const id of movedIds) found.delete(id);
      await read(movedIds, since);
      // A reduction that runs counts from its beginning, and the 30 days before that. Where it is all that we ever saw of the variant, its beginning says it.
      const longer = movedIds.filter((id) => reductionSince(found.get(id)!, start) !== null);
      for (const other of others) {
        if (other.moved) continue;
        if (other.since === null) longer.push(other.id);
        else found.set(other.id, { onMarketSince: null, points: [{ ...found.get(other.id)!.points[0]!, from: other.since }] });
      }
      await read(longer, BEGINNING);
      // Asked once in a transaction: a plan asks for its variants batch by batch.
      unwatched ??= await many<Unwatched>(sql, UNWATCHED, []);
      if (unwatched.length > 0) for (const [id, known] of found) found.set(id, { ...known, points: withoutUnwatched(known.points, unwatched) });
      return found;
    },
    firstKnown: async () => (await one<{ first: Date | null }>(sql, 'select min(valid_from) as first from price_versions'))?.first ?? null,
    countUnknownAt: async (at) => (await one<{ n: number }>(sql,
      `select count(*)::int as n from variants v join products p on p.tenant_id = v.tenant_id and p.id = v.product_id
        where v.active and p.active and not exists (select from price_versions pv where pv.tenant_id = v.tenant_id and pv.variant_id = v.id and ${heldAt('pv', '$1')})`, [at]))!.n,
    catalogAt: (at, batchSize) => cursorPages<PastPrice>(sql, 'past_prices',
      // Of a variant that is gone synced_at is when the export began that no longer had it: until then it counts as there.
      `select v.sku, p.handle, p.title as "productTitle", v.title, v.ref as "variantRef", pv.unit_amount as price, pv.compare_at as "compareAt", pv.currency_code as "currencyCode",
              pv.valid_from as "validFrom", pv.source, first.since as "knownSince", v.active and p.active as active
         from variants v join products p on p.tenant_id = v.tenant_id and p.id = v.product_id
         left join lateral (select unit_amount, compare_at, currency_code, valid_from, source from price_versions h
                             where h.tenant_id = v.tenant_id and h.variant_id = v.id and ${heldAt('h', '$1')} order by h.valid_from desc, h.id desc limit 1) pv on true
         left join lateral (select min(f.valid_from) as since from price_versions f
                             where f.tenant_id = v.tenant_id and f.variant_id = v.id and f.valid_to is distinct from f.valid_from) first on true
        where (v.active and p.active) or (v.synced_at >= $1 and pv.unit_amount is not null)
        order by p.ref, v.position, v.ref`, [at], batchSize),
    optionOrderUnknown: async (changeId) => (await one<{ unknown: boolean }>(sql,
      `select exists (select from price_change_items i join variants v on v.tenant_id = i.tenant_id and v.id = i.variant_id and v.active
         where i.change_id = $1 and i.outcome = 'planned' and v.option_names = '{}' and (select count(*) from jsonb_object_keys(v.options)) > 1) as unknown`, [changeId]))!.unknown,
    restoreRows: (changeId, batchSize) => cursorPages<RestoreRow>(sql, 'restore_rows',
      // A variant that the shop no longer has would be made anew by the import.
      `select p.handle, p.title as "productTitle", v.sku, v.option_names as "optionNames", v.options, i.before_price as "beforePrice", i.before_compare_at as "beforeCompareAt"
         from price_change_items i join variants v on v.tenant_id = i.tenant_id and v.id = i.variant_id join products p on p.tenant_id = v.tenant_id and p.id = v.product_id
        where i.change_id = $1 and i.outcome = 'planned' and v.active and p.active order by p.ref, v.position, v.ref`, [changeId], batchSize),
  };
}

/** The version that showed at a time, versions that never lasted left out. */
export function heldAt(version: string, at: string): string {
  return `${version}.valid_from <= ${at} and (${version}.valid_to is null or ${version}.valid_to > ${at}) and ${version}.valid_to is distinct from ${version}.valid_from`;
}
