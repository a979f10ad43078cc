import type { TokenSeal } from './token-seal.ts';
import { affected, fromRow, many } from './stores/rows.ts';
import type { Sql } from './stores/rows.ts';
import type { WithTenant } from './unit-of-work.ts';

/** As the connector wants it of a store of offline tokens. */
export interface TokenSet {
  readonly accessToken: string;
  readonly expires: Date | null;
  readonly refreshToken: string | null;
  readonly refreshTokenExpires: Date | null;
}

interface SealedRow {
  readonly tenantId: string;
  readonly id: string;
  readonly accessToken: string;
  readonly expires: Date | null;
  readonly refreshToken: string | null;
  readonly refreshTokenExpires: Date | null;
}

interface Complain {
  error(fields: object, message: string): void;
}

/**
 * Offline tokens as the worker sees them: read, replaced under the shop's turn, sealed again after a change of the key. They are only
 * ever put in the place of a session that is there: an answer of Shopify that comes after the app was removed makes no session.
 */
export function createOfflineTokenStore({ pool, withTenant, seal, log }: { pool: Sql; withTenant: WithTenant; seal: TokenSeal; log: Complain }) {
  const idOf = (shopDomain: string): string => `offline_${shopDomain}`;
  const tenantOf = async (shopDomain: string): Promise<string> => String((await many<{ id: string }>(pool, 'select app.tenant_id_of($1) as id', [shopDomain]))[0]!.id);

  return {
    async load(shopDomain: string): Promise<TokenSet | null> {
      const { rows } = await pool.query('select tenant_id, id, access_token, expires, refresh_token, refresh_token_expires from app.load_session($1)', [idOf(shopDomain)]);
      if (!rows[0]?.tenant_id) return null;
      const row = fromRow<SealedRow>(rows[0]);
      try {
        return {
          accessToken: seal.open(row.accessToken, row.tenantId), expires: row.expires,
          refreshToken: row.refreshToken === null ? null : seal.open(row.refreshToken, row.tenantId), refreshTokenExpires: row.refreshTokenExpires,
        };
      } catch (error) {
        log.error({ tenantId: row.tenantId, err: error }, 'The access token of a shop cannot be opened; it is treated as if there were none');
        return null;
      }
    },

    // By the database's own clock, which all processes share.
    take: async (shopDomain: string, owner: string, ms: number): Promise<boolean> => {
      const tenantId = await tenantOf(shopDomain);
      return withTenant(tenantId, async (sql) => (await affected(sql,
        `insert into token_leases as l (tenant_id, owner, lease_until) values ($1, $2, clock_timestamp() + make_interval(secs => $3))
         on conflict (tenant_id) do update set owner = excluded.owner, lease_until = excluded.lease_until
          where l.owner is null or l.owner = excluded.owner or l.lease_until < clock_timestamp()`, [tenantId, owner, ms / 1000])) > 0);
    },

    async release(shopDomain: string, owner: string): Promise<void> {
      await withTenant(await tenantOf(shopDomain), (sql) => sql.query('update token_leases set owner = null, lease_until = null where owner = $1', [owner]));
    },

    async replace(shopDomain: string, owner: string, next: TokenSet | null): Promise<boolean> {
      const tenantId = await tenantOf(shopDomain);
      return withTenant(tenantId, async (sql) => {
        const ours = await many(sql, `select 1 as ours from token_leases where owner = $1 and lease_until > clock_timestamp() for update`, [owner]);
        if (ours.length === 0) return false;
        return (await affected(sql,
          `update shop_sessions set access_token = $2, expires = $3, refresh_token = $4, refresh_token_expires = $5, updated_at = now()
            where id = $1 and exists (select from tenants where state = 'installed')`,
          [idOf(shopDomain), seal.seal(next?.accessToken ?? '', tenantId), next?.expires ?? null, next?.refreshToken ? seal.seal(next.refreshToken, tenantId) : null, next?.refreshTokenExpires ?? null])) > 0;
      });
    },

    /** Tenants whose token ends within so many seconds and can be refreshed. */
    ending: async (withinSeconds: number): Promise<readonly string[]> =>
      (await many<{ tenantId: string }>(pool, 'select tenant_id from app.list_tokens_ending($1)', [withinSeconds])).map((row) => row.tenantId),

    /** The worker does not try this shop by itself for `ms`; whoever needs a token still does. */
    async rest(tenantId: string, ms: number): Promise<void> {
      await withTenant(tenantId, (sql) => sql.query(
        `insert into token_leases (tenant_id, not_before) values ($1, clock_timestamp() + make_interval(secs => $2))
         on conflict (tenant_id) do update set not_before = excluded.not_before`, [tenantId, ms / 1000]));
    },

    /**
     * Seals with the current key what another one sealed, of all shops. Answers how many sessions were, and how many cannot be opened
     * because their key is not configured. A token that is stored meanwhile is newer, and stays.
     */
    async resealAll(): Promise<{ resealed: number; unreadable: number }> {
      let [resealed, unreadable] = [0, 0];
      for (const { tenantId } of await many<{ tenantId: string }>(pool, 'select tenant_id from app.list_sealed_otherwise($1)', [seal.keyId])) {
        await withTenant(tenantId, async (sql) => {
          const rows = await many<SealedRow>(sql, 'select tenant_id, id, access_token, expires, refresh_token, refresh_token_expires from shop_sessions for update');
          for (const row of rows) {
            const again = sealedAgain(row);
            if (again === 'current') continue;
            if (again === null) {
              unreadable += 1;
              log.error({ tenantId, keyIds: [keyIdOf(row.accessToken), keyIdOf(row.refreshToken)] }, 'A session is sealed with an encryption key that is not configured: put the key back, or let somebody open the app');
              continue;
            }
            await sql.query('update shop_sessions set access_token = $2, refresh_token = $3 where id = $1', [row.id, again.accessToken, again.refreshToken]);
            resealed += 1;
          }
        });
      }
      return { resealed, unreadable };
    },
  };

  function sealedAgain(row: SealedRow): { accessToken: string; refreshToken: string | null } | 'current' | null {
    if (keyIdOf(row.accessToken) === seal.keyId && (row.refreshToken === null || keyIdOf(row.refreshToken) === seal.keyId)) return 'current';
    try {
      const again = (sealed: string): string => seal.seal(seal.open(sealed, row.tenantId), row.tenantId);
      return { accessToken: again(row.accessToken), refreshToken: row.refreshToken === null ? null : again(row.refreshToken) };
    } catch {
      return null;
    }
  }
}

function keyIdOf(sealed: string | null): string | null {
  return sealed?.split('.')[1] ?? null;
}
