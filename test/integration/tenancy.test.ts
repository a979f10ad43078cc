import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertLeastPrivilege } from '../../app/adapters/db/boot-check.ts';
import { PrismaClient } from '../../app/adapters/db/generated/client.ts';
import { createTenancy } from '../../app/adapters/db/tenancy.ts';
import type { Tenancy } from '../../app/adapters/db/tenancy.ts';
import { useTestDatabase } from '../setup/database.ts';
import { seedTenant, tenantIdOf } from './tenancy-rows.ts';

const database = useTestDatabase();
const A = tenantIdOf('a.myshopify.com');
const B = tenantIdOf('b.myshopify.com');
let superuser: pg.Client;
let pool: pg.Pool;
let tenancy: Tenancy;

beforeAll(async () => {
  superuser = new pg.Client({ connectionString: database.urls.superuser });
  await superuser.connect();
  await seedTenant(superuser, 'a.myshopify.com');
  await seedTenant(superuser, 'b.myshopify.com');
  pool = new pg.Pool({ connectionString: database.urls.app, max: 4 });
  tenancy = createTenancy(pool);
});
afterAll(async () => {
  await tenancy.close();
  await pool.end();
  await superuser.end();
});

const other = (tenantId: string): string => (tenantId === A ? B : A);

/** Each asks in its own way and answers the tenants of the rows that it saw; every one of them must be the asking tenant. */
const ways: readonly ((tenantId: string) => Promise<readonly string[]>)[] = [
  async (id) => [(await tenancy.forTenant(id).tenant.findFirstOrThrow()).tenantId],
  async (id) => [(await tenancy.forTenant(id).tenant.findUnique({ where: { tenantId: id } }))!.tenantId],
  async (id) => ((await tenancy.forTenant(id).tenant.findUnique({ where: { tenantId: other(id) } })) === null ? [id] : [other(id)]),
  async (id) => (await tenancy.forTenant(id).product.findMany({ include: { variants: true } })).flatMap((product) => [product.tenantId, ...product.variants.map((variant) => variant.tenantId)]),
  async (id) => (await tenancy.forTenant(id).$queryRaw<{ tenant_id: string }[]>`SELECT tenant_id FROM variants`).map((row) => row.tenant_id),
  async (id) => (await tenancy.forTenant(id).$transaction(async (tx) => [await tx.member.findMany(), await tx.event.findMany()])).flat().map((row) => row.tenantId),
  async (id) => {
    const [changed, products] = await tenancy.forTenant(id).$transaction([
      tenancy.forTenant(id).variant.updateMany({ data: { position: { increment: 1 } } }),
      tenancy.forTenant(id).product.findMany(),
    ]);
    expect(changed.count).toBe(1);
    return products.map((product) => product.tenantId);
  },
  async (id) => tenancy.withTenant(id, async (tx) => (await tx.query<{ tenant_id: string }>('SELECT tenant_id FROM outbox')).rows.map((row) => row.tenant_id)),
  async (id) => tenancy.withTenant(id, async (tx) => {
    await tx.query('UPDATE members SET last_seen_at = now()');
    return (await tx.query<{ tenant_id: string }>('SELECT tenant_id FROM members WHERE user_id IS NOT NULL')).rows.map((row) => row.tenant_id);
  }),
  async (id) => {
    // One that fails must not leave its tenant behind on the connection.
    await expect(tenancy.withTenant(id, (tx) => tx.query('SELECT 1 / 0'))).rejects.toThrow(/division by zero/);
    return [id];
  },
  async (id) => {
    await expect(tenancy.forTenant(id).$queryRaw`SELECT 1 / 0`).rejects.toThrow(/division by zero/);
    return [id];
  },
  async (id) => ((await tenancy.unscoped.query('SELECT tenant_id FROM products')).rowCount === 0 ? [id] : [other(id)]),
];

describe('tenancy', () => {
  it.each([false, true])('answers 4,800 mixed queries of two tenants in 16 fibres with their own rows (pipelined: %s)', async (pipelined) => {
    const own = new pg.Pool({ connectionString: database.urls.app, max: 6, ...(pipelined ? { pipeline: true } : {}) });
    const before = tenancy;
    tenancy = createTenancy(own);
    let asked = 0;
    let wrong = 0;
    try {
      await Promise.all(Array.from({ length: 16 }, async (_, fibre) => {
        for (let i = 0; i < 150; i += 1) {
          const tenantId = (fibre + i) % 2 === 0 ? A : B;
          const seen = await ways[(fibre * 7 + i) % ways.length]!(tenantId);
          asked += 1;
          if (seen.length === 0 || seen.some((id) => id !== tenantId)) wrong += 1;
        }
      }));
    } finally {
      await tenancy.close();
      await own.end();
      tenancy = before;
    }
    // Twice 2,400, on a pool that waits for each answer and on one that does not.
    expect({ asked, wrong }).toEqual({ asked: 2_400, wrong: 0 });
  });

  it('keeps one Prisma client a tenant, because a shared one merges lookups of the same tick across tenants', async () => {
    // What one must not do: one client, the tenant beside it in an AsyncLocalStorage, set for every query that is sent.
    const current = new AsyncLocalStorage<string>();
    const sharedPool = new pg.Pool({ connectionString: database.urls.app, max: 1 });
    const send = sharedPool.query.bind(sharedPool) as unknown as (...args: unknown[]) => Promise<unknown>;
    (sharedPool as { query: unknown }).query = async (...args: unknown[]) => {
      await send({ text: `SELECT set_config('app.tenant_id', $1, false)`, values: [current.getStore()] });
      return send(...args);
    };
    const shared = new PrismaClient({ adapter: new PrismaPg(sharedPool) });
    const products = new Map((await superuser.query('SELECT tenant_id, id FROM products')).rows.map((row) => [row.tenant_id as string, row.id as string]));
    const lookUp = async (client: PrismaClient, of: string) => await client.product.findUnique({ where: { tenantId_id: { tenantId: of, id: products.get(of)! } } });
    // B asks for A's product, in the tick in which A asks for it too.
    const trap = await Promise.all([current.run(A, () => lookUp(shared, A)), current.run(B, () => lookUp(shared, A))]);
    await shared.$disconnect();
    await sharedPool.end();
    expect(trap[1]?.tenantId).toBe(A);

    const safe = await Promise.all([lookUp(tenancy.forTenant(A), A), lookUp(tenancy.forTenant(B), A)]);
    expect(safe.map((row) => row?.tenantId)).toEqual([A, undefined]);
  });

  it('sets the tenant for the transaction only: the same connection sees nothing afterwards', async () => {
    const single = new pg.Pool({ connectionString: database.urls.app, max: 1 });
    const narrow = createTenancy(single);
    await narrow.withTenant(A, (tx) => tx.query('SELECT 1'));
    expect((await narrow.unscoped.query('SELECT FROM products')).rowCount).toBe(0);
    expect((await narrow.unscoped.query(`SELECT current_setting('app.tenant_id', true) AS left, app.tenant_id() AS tenant`)).rows).toEqual([{ left: '', tenant: null }]);
    await narrow.close();
    await single.end();
  });

  it('takes nothing but a lower-case UUID for a tenant', async () => {
    for (const id of ['', 'null', A.toUpperCase(), `${A}'`, `${A}'; SET row_security = off; --`, ` ${A}`, `${A}\n`]) {
      expect(() => tenancy.forTenant(id)).toThrow(TypeError);
      await expect(tenancy.withTenant(id, async () => undefined)).rejects.toThrow(TypeError);
    }
  });

  it('rolls back what the work did when it throws, and gives the connection back', async () => {
    await expect(tenancy.withTenant(A, async (tx) => {
      await tx.query(`INSERT INTO members (tenant_id, user_id, role) VALUES ($1, 'gone', 'viewer')`, [A]);
      throw new Error('changed my mind');
    })).rejects.toThrow('changed my mind');
    expect(await tenancy.withTenant(A, async (tx) => (await tx.query(`SELECT FROM members WHERE user_id = 'gone'`)).rowCount)).toBe(0);
    expect(pool.idleCount).toBe(pool.totalCount);
  });

  it('does not pass off as committed what a swallowed error had rolled back', async () => {
    await expect(tenancy.withTenant(A, async (tx) => {
      await tx.query(`INSERT INTO members (tenant_id, user_id, role) VALUES ($1, 'lost', 'viewer')`, [A]);
      await tx.query('SELECT 1 / 0').catch(() => undefined);
    })).rejects.toThrow(/rolled back/);
  });

  it('refuses queries that are sent when the transaction is over', async () => {
    const late = await tenancy.withTenant(A, async (tx) => ({ tx }));
    await expect(late.tx.query('SELECT 1')).rejects.toThrow(/is over/);
  });

  it('tries again after a serialisation failure when told to, and not otherwise', async () => {
    const increment = (attempts: number) => {
      let tries = 0;
      const work = tenancy.withTenant(A, async (tx) => {
        tries += 1;
        await tx.query('SELECT products FROM catalog_syncs');
        // Somebody else writes in between, once.
        if (tries === 1) await tenancy.withTenant(A, (another) => another.query('UPDATE catalog_syncs SET products = products + 1'));
        await tx.query('UPDATE catalog_syncs SET products = products + 1');
      }, { isolation: 'repeatable read', attempts });
      return work.then(() => tries);
    };
    await expect(increment(1)).rejects.toMatchObject({ code: '40001' });
    expect(await increment(3)).toBe(2);
    expect(await tenancy.withTenant(A, async (tx) => (await tx.query('SELECT products FROM catalog_syncs')).rows)).toEqual([{ products: 3 }]);
  });

  it('prepares statements that have a name, and stops doing so behind a pooler that hands out other sessions', async () => {
    const one = new pg.Pool({ connectionString: database.urls.app, max: 1 });
    try {
      const own = createTenancy(one);
      const named = (): Promise<unknown> => own.withTenant(A, async (tx) => (await tx.query('SELECT ref FROM products WHERE ref > $1', [0n], 'products-after')).rowCount, { attempts: 2 });
      const prepared = async (): Promise<unknown> => (await one.query('SELECT name FROM pg_prepared_statements')).rows;
      expect([await named(), await named()]).toEqual([1, 1]);
      expect(await prepared()).toEqual([{ name: 'products-after' }]);
      await one.query('DEALLOCATE ALL');
      expect([await named(), await named()]).toEqual([1, 1]);
      expect(await prepared()).toEqual([]);
    } finally {
      await one.end();
    }
  });

  it('survives a server that drops the connection in the middle', async () => {
    await expect(tenancy.withTenant(A, async (tx) => {
      const { rows } = await tx.query('SELECT pg_backend_pid() AS pid');
      await superuser.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid]);
      await tx.query('SELECT 1');
    })).rejects.toThrow();
    expect(await tenancy.withTenant(A, async (tx) => (await tx.query('SELECT FROM products')).rowCount)).toBe(1);
  });

  it('reads int8 exactly, and copies rows in by a temporary table and out by a stream', async () => {
    const big = 9_007_199_254_740_993n;
    await tenancy.withTenant(A, async (tx) => {
      expect((await tx.query('SELECT $1::bigint AS n, 5 AS small, $2::bigint[] AS many', [big, [big]])).rows).toEqual([{ n: big, small: 5, many: [String(big)] }]);
      await tx.query('CREATE TEMP TABLE incoming (user_id text, name text) ON COMMIT DROP');
      await pipeline(Readable.from(Array.from({ length: 1_000 }, (_, i) => `u${i}\tName ${i}\n`)), tx.copy(copyFrom('COPY incoming FROM STDIN')));
      await tx.query(`INSERT INTO members (tenant_id, user_id, name, role) SELECT $1, user_id, name, 'viewer' FROM incoming`, [A]);
    });
    let lines = 0;
    await tenancy.withTenant(A, async (tx) => {
      for await (const chunk of tx.copy(copyTo(`COPY (SELECT user_id FROM members WHERE user_id ~ '^u[0-9]+$') TO STDOUT`))) lines += String(chunk).split('\n').length - 1;
    });
    expect(lines).toBe(1_000);
  });

  it('keeps at most so many clients, the most recently used', async () => {
    const small = createTenancy(pool, { cache: 2 });
    const first = small.forTenant(A);
    small.forTenant(B);
    expect(small.forTenant(A)).toBe(first);
    small.forTenant(randomUUID());
    expect(small.forTenant(A)).toBe(first);
    expect(await first.product.count()).toBe(1);
    await small.close();
  });
});

describe('at boot', () => {
  it('the app’s role is accepted', async () => {
    await expect(assertLeastPrivilege(pool)).resolves.toBeUndefined();
  });

  it.each([['superuser', /is a superuser/], ['owner', /owns tables/]] as const)('the %s is refused', async (role, reason) => {
    const client = new pg.Client({ connectionString: database.urls[role] });
    await client.connect();
    await expect(assertLeastPrivilege(client)).rejects.toThrow(reason);
    await client.end();
  });

  it('a table that the app reaches without forced row-level security is refused', async () => {
    await superuser.query('CREATE TABLE notes (id int); GRANT SELECT ON notes TO cal_app');
    await expect(assertLeastPrivilege(pool)).rejects.toThrow(/reaches 1 tables without/);
    await superuser.query('DROP TABLE notes');
  });
});
