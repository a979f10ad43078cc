import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runSync, startSync } from '../../app/flows/sync-catalog/sync-catalog.ts';
import type { SyncRow } from '../../app/domain/catalog/catalog-row.ts';
import { ExportUnreadable } from '../../app/ports/catalog-source.ts';
import type { CatalogSource, SourceRecord } from '../../app/ports/catalog-source.ts';
import { useTestDatabase } from '../setup/database.ts';
import { product, variant } from './catalog-records.ts';
import { openFlowShop } from './flow-shop.ts';
import type { FlowShop } from './flow-shop.ts';
import { must } from './must.ts';

const database = useTestDatabase();
let shop: FlowShop;
beforeEach(async () => {
  shop = await openFlowShop(database.urls.app);
});
afterEach(async () => {
  expect(await shop.sql('select 1 from catalog_staging')).toEqual([]);
  await shop.close();
});

const active = async (): Promise<number[]> => (await shop.sql<{ ref: bigint }>('select v.ref from variants v join products p on p.id = v.product_id where v.active and p.active order by 1')).map((row) => Number(row.ref));
const priceOf = async (ref: number): Promise<number> => Number((await shop.sql<{ price: bigint }>('select price from variants where ref = $1', [ref]))[0]!.price);
const syncOf = async (id: string): Promise<SyncRow> => (await shop.uow.run(shop.ctx.tenantId, (tx) => tx.syncs.get(id)))!;

type Status = Extract<Awaited<ReturnType<CatalogSource['exportStatus']>>, { ok: true }>['value'];

/** An export in memory; a test puts something in the way. */
class ScriptedExport implements Partial<CatalogSource> {
  records: readonly SourceRecord[] = [];
  objects: number | null = null;
  started = 0;
  reads: number[] = [];
  status: (() => Status) | null = null;
  refuseStart = 0;
  /** Called before each batch of at most two records. */
  onBatch: ((read: number, at: number) => void | Promise<void>) | null = null;

  async shopInfo() {
    return { ok: true as const, requestId: null, value: { name: 'Shop', currencyCode: 'USD', timeZone: 'UTC', plan: '', scopes: [] } };
  }
  async startExport() {
    if (this.refuseStart-- > 0) return { ok: false as const, failure: { kind: 'throttled' as const, detail: 'Bulk operations limit reached', retryAfterMs: 30_000 } };
    this.started += 1;
    return { ok: true as const, requestId: null, value: { operationRef: `op-${this.started}` } };
  }
  async exportStatus() {
    return { ok: true as const, requestId: null, value: this.status?.() ?? { state: 'completed' as const, objects: this.objects ?? this.records.length, url: this.records.length ? 'https://files.example/1' : null } };
  }
  async *readExport(_shop: unknown, _url: string, skip = 0): AsyncGenerator<SourceRecord[]> {
    this.reads.push(skip);
    const read = this.reads.length;
    for (let at = skip; at < this.records.length; at += 2) {
      await this.onBatch?.(read, at);
      yield this.records.slice(at, at + 2);
    }
    await this.onBatch?.(read, this.records.length);
  }
}

/** Runs a sync as its job would, at the times it asks for. */
async function run(id: string, source: ScriptedExport, signal?: AbortSignal): Promise<SyncRow> {
  for (let i = 0; i < 40; i++) {
    const { comeBackAt } = await runSync({ uow: shop.uow, source: source as unknown as CatalogSource }, shop.ctx, { id }, signal);
    if (comeBackAt === null) break;
    shop.advance(Math.max(0, comeBackAt.getTime() - shop.now().getTime()));
  }
  return syncOf(id);
}
const begin = async (): Promise<string> => must(await startSync(shop, shop.ctx)).id;
const sync = async (records: readonly SourceRecord[], more: Partial<ScriptedExport> = {}): Promise<SyncRow> => run(await begin(), Object.assign(new ScriptedExport(), { records }, more));
const at = (day: string): string => `2026-11-${day}T00:00:00Z`;
/** `products` products with one variant each, from ref 1 on. */
const catalog = (products: number, price = 1_000n, day = '02'): SourceRecord[] => Array.from({ length: products }, (_, i) => [product(BigInt(i + 1), at(day)), variant(BigInt(i + 1), BigInt(i + 1), price, at(day))]).flat();

describe('a sync', () => {
  it('that was cut off takes nothing away and says what is wrong', async () => {
    await shop.stock(3, 1);
    const ended = await sync(catalog(1), { objects: 6 });
    expect(ended).toMatchObject({ state: 'failed', error: 'The export has 2 records while the shop reports 6 of them.' });
    expect(await active()).toEqual([1, 2, 3]);
  });

  it('goes on after the last record it kept when the download breaks off', async () => {
    const source = Object.assign(new ScriptedExport(), { records: catalog(4), onBatch: (read: number, line: number) => {
      if ((read === 1 && line === 4) || (read === 2 && line === 6)) throw new ExportUnreadable('The download of the export broke off: connection reset', 'broken');
    } });
    expect(await run(await begin(), source)).toMatchObject({ state: 'completed', exports: 1, products: 4, variants: 4 });
    expect(source.reads).toEqual([0, 4, 6]);
    expect(await active()).toEqual([1, 2, 3, 4]);
  });

  it('holds no transaction open while it downloads', async () => {
    const open: number[] = [];
    await sync(catalog(3), { onBatch: async () => {
      open.push(Number((await shop.pool.query(`select count(*) as n from pg_stat_activity where datname = current_database() and state = 'idle in transaction' and xact_start < now() - interval '10 milliseconds'`)).rows[0].n));
    } });
    expect(open).toEqual([0, 0, 0, 0]);
  });

  it('ends with the number and fault of a line that is malformed, and nothing of it is brought in', async () => {
    await shop.stock(2, 1);
    const ended = await sync(catalog(3, 500n, '05'), { onBatch: (_, line) => {
      if (line === 4) throw new ExportUnreadable('Line 5 of the export: price should be text, not 3');
    } });
    expect(ended).toMatchObject({ state: 'failed', error: 'Line 5 of the export: price should be text, not 3', exports: 1 });
    expect([await active(), await priceOf(1)]).toEqual([[1, 2], 1_000]);
  });

  it('asks for another export when the address of the result has run out, and gives up when that does not help', async () => {
    let gone = 3;
    expect(await sync(catalog(1), { onBatch: () => {
      if (gone-- > 0) throw new ExportUnreadable('The export cannot be downloaded: the file store answered 403', 'gone');
    } })).toMatchObject({ state: 'completed', exports: 2 });
    const ended = await sync(catalog(1), { onBatch: () => {
      throw new ExportUnreadable('The export cannot be downloaded: the file store answered 403', 'gone');
    } });
    expect(ended).toMatchObject({ state: 'failed', exports: 3, error: 'The export cannot be downloaded: the file store answered 403' });
  });

  it.each([
    ['failed by trouble of the shop', { state: 'failed', detail: 'The export ended as FAILED (INTERNAL_SERVER_ERROR)', again: true }, 'completed', 2],
    ['expired', { state: 'failed', detail: 'The export ended as EXPIRED', again: true }, 'completed', 2],
    ['was cancelled', { state: 'failed', detail: 'The export ended as CANCELED', again: false }, 'failed', 1],
    ['lacked a right', { state: 'failed', detail: 'The export ended as FAILED (ACCESS_DENIED)', again: false }, 'failed', 1],
  ] as const)('whose export %s ends as it should', async (_, answer, state, exports) => {
    let told = false;
    const source = Object.assign(new ScriptedExport(), { records: catalog(1) });
    source.status = () => {
      source.status = told ? null : source.status;
      told = true;
      source.status = null;
      return answer;
    };
    const ended = await run(await begin(), source);
    expect(ended).toMatchObject({ state, exports, error: state === 'failed' ? answer.detail : null });
  });

  it('waits for its turn where five exports run in the shop already', async () => {
    const from = shop.now().getTime();
    expect(await sync(catalog(1), { refuseStart: 2 })).toMatchObject({ state: 'completed', exports: 1 });
    expect(shop.now().getTime() - from).toBeGreaterThanOrEqual(60_000);
  });

  it('killed at any point goes on to the same end', async () => {
    await shop.stock(6, 1);
    shop.advance(60_000);
    for (let kill = 1; kill <= 9; kill++) {
      const id = await begin();
      const source = Object.assign(new ScriptedExport(), { records: catalog(4, BigInt(1_000 + kill), String(kill + 2).padStart(2, '0')) });
      let left = kill;
      // The connection is gone in the middle of the n-th transaction.
      const uow = { run: async (tenant: never, work: (tx: never) => Promise<never>) => shop.uow.run(tenant, async (tx) => {
        const done = await work(tx as never);
        if (--left === 0) throw new Error('killed');
        return done;
      }) } as unknown as FlowShop['uow'];
      for (let i = 0; i < 40; i++) {
        const step = await runSync({ uow, source: source as unknown as CatalogSource }, shop.ctx, { id }).catch(() => 'killed' as const);
        if (step === 'killed') continue;
        if (step.comeBackAt === null) break;
        shop.advance(1_000);
      }
      expect(await syncOf(id), `killed in transaction ${kill}`).toMatchObject({ state: 'completed', products: 4, variants: 4 });
      expect([await active(), await priceOf(4)]).toEqual([[1, 2, 3, 4], 1_000 + kill]);
      shop.advance(60_000);
    }
    // Every price has exactly one open version, and as many as it had prices.
    expect(await shop.sql('select count(*)::int as n, count(*) filter (where valid_to is null)::int as open from price_versions pv join variants v on v.id = pv.variant_id where v.ref = 1')).toEqual([{ n: 10, open: 1 }]);
  });

  it('by two workers at once is done once', async () => {
    const source = Object.assign(new ScriptedExport(), { records: catalog(30) });
    const id = await begin();
    await Promise.all([run(id, source), run(id, source), run(id, source)]);
    expect(await syncOf(id)).toMatchObject({ state: 'completed', products: 30, variants: 30 });
    expect((await shop.events()).filter(({ type }) => type === 'catalog.synced')).toHaveLength(1);
    expect(await shop.sql('select count(*)::int as n from price_versions')).toEqual([{ n: 30 }]);
  });

  it('reads again what the database lost of the staged records in a crash, instead of taking it for deleted', async () => {
    await shop.stock(4, 1);
    shop.advance(60_000);
    const stop = new AbortController();
    const source = Object.assign(new ScriptedExport(), { records: catalog(4) });
    source.onBatch = () => stop.abort();
    const id = await begin();
    for (let i = 0; i < 3; i++) await runSync({ uow: shop.uow, source: source as unknown as CatalogSource }, shop.ctx, { id }, stop.signal);
    source.onBatch = null;
    await runSync({ uow: shop.uow, source: source as unknown as CatalogSource }, shop.ctx, { id }, stop.signal);
    const before = await syncOf(id);
    expect(before.state).toBe('importing');
    await shop.sql('delete from catalog_staging');
    expect(await run(id, source)).toMatchObject({ state: 'completed', products: 4, deactivated: 0 });
    expect(await active()).toEqual([1, 2, 3, 4]);
  });

  it('is merged in parts, each product with all of its children in one, wherever their lines are', async () => {
    const records = catalog(40);
    const children = records.filter((record) => record.kind === 'variant');
    const parents = records.filter((record) => record.kind === 'product');
    const source = Object.assign(new ScriptedExport(), { records: [...children.slice(0, 20), ...parents, { kind: 'collection', productRef: 7n, handle: 'summer' } as SourceRecord, ...children.slice(20)] });
    const id = await begin();
    const uow = { run: (tenant: never, work: (tx: never) => Promise<never>) => shop.uow.run(tenant, (tx) => work({ ...tx, syncs: { ...tx.syncs, update: (one: string, facts: object) => tx.syncs.update(one, 'parts' in facts ? { ...facts, parts: 7 } : facts) } } as never)) } as unknown as FlowShop['uow'];
    for (let i = 0; i < 10; i++) if ((await runSync({ uow, source: source as unknown as CatalogSource }, shop.ctx, { id })).comeBackAt === null) break;
    expect(await syncOf(id)).toMatchObject({ state: 'completed', parts: 7, partsMerged: 7, products: 40, variants: 40 });
    expect(await active()).toHaveLength(40);
    expect(await shop.sql('select ref::int from products where collections <> \'{}\'')).toEqual([{ ref: 7 }]);
  });

  it('of a product with 2,048 variants brings all of them in, and leaves rows alone that say nothing new', async () => {
    const many = [product(1n, at('02')), ...Array.from({ length: 2_048 }, (_, i) => variant(BigInt(i + 1), 1n, 1_000n, at('02')))];
    expect(await sync(many)).toMatchObject({ state: 'completed', variants: 2_048 });
    const versions = await shop.sql('select xmin::text from variants order by ref limit 5');
    shop.advance(60_000);
    expect(await sync(many)).toMatchObject({ state: 'completed', variants: 2_048, pricesChanged: 0, deactivated: 0 });
    expect(await shop.sql('select xmin::text from variants order by ref limit 5')).toEqual(versions);
  });

  it('takes titles with characters that the database cannot hold', async () => {
    const odd = { ...product(1n, at('02')), title: 'Nul\0 and half \ud83d', tags: ['a\0b', 'c,"d\\'] } as SourceRecord;
    expect(await sync([odd, { ...variant(1n, 1n, 1_000n, at('02')), options: { 'Si\0ze': 'M\ud800' } } as SourceRecord])).toMatchObject({ state: 'completed' });
    expect(await shop.sql('select title, tags from products')).toEqual([{ title: 'Nul and half \ufffd', tags: ['ab', 'c,"d\\'] }]);
  });

  it('of a shop without products takes everything away, and what comes back later is there again', async () => {
    await shop.stock(2, 1);
    expect(await sync([])).toMatchObject({ state: 'completed' });
    expect(await active()).toEqual([]);
    shop.advance(60_000);
    await sync(catalog(1, 1_000n, '03'));
    expect(await active()).toEqual([1]);
  });

  it('does not undo what was written while its export was made, even within the same second', async () => {
    await shop.stock(1, 1);
    const syncId = await begin();
    const source = new ScriptedExport();
    await runSync({ uow: shop.uow, source: source as unknown as CatalogSource }, shop.ctx, { id: syncId });
    const id = await shop.start();
    shop.advance(1_000);
    await shop.runToTheEnd(id);
    const written = (await shop.sql<{ at: Date }>('select updated_at as at from variants'))[0]!.at.toISOString();
    source.records = [product(1n, written), variant(1n, 1n, 1_000n, written)];
    await run(syncId, source);
    expect(await priceOf(1)).toBe(900);
  });

  it('moves a variant to another product, and takes the last of repeated lines', async () => {
    await shop.stock(2, 1);
    await sync([product(1n, at('03')), product(2n, at('03')), variant(1n, 2n, 700n, at('03')), variant(2n, 2n, 1_000n, at('03')), variant(1n, 2n, 800n, at('03'))]);
    expect(await shop.sql('select v.ref::int, p.ref::int as product, v.price::int from variants v join products p on p.id = v.product_id order by 1'))
      .toEqual([{ ref: 1, product: 2, price: 800 }, { ref: 2, product: 2, price: 1_000 }]);
  });

  it('that a worker has to leave goes on with the next one', async () => {
    const stop = new AbortController();
    stop.abort();
    const source = Object.assign(new ScriptedExport(), { records: catalog(3) });
    const id = await begin();
    for (let i = 0; i < 4; i++) await runSync({ uow: shop.uow, source: source as unknown as CatalogSource }, shop.ctx, { id }, stop.signal);
    expect((await syncOf(id)).state).toBe('importing');
    expect(await run(id, source)).toMatchObject({ state: 'completed', products: 3 });
  });
});
