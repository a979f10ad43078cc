import { Session } from '@shopify/shopify-api';
import type { SessionStorage } from '@shopify/shopify-app-session-storage';
import type { TenantDirectory } from './tenant-directory.ts';
import type { TokenSeal } from './token-seal.ts';
import { fromRow, json, many } from './stores/rows.ts';
import type { Sql } from './stores/rows.ts';
import type { WithTenant } from './unit-of-work.ts';

interface SessionRow {
  readonly tenantId: string;
  readonly id: string;
  readonly shopDomain: string;
  readonly state: string;
  readonly isOnline: boolean;
  readonly scope: string | null;
  readonly expires: Date | null;
  readonly accessToken: string;
  readonly refreshToken: string | null;
  readonly refreshTokenExpires: Date | null;
  readonly onlineAccessInfo: unknown;
}

const columns = 'tenant_id, id, shop_domain, state, is_online, scope, expires, access_token, refresh_token, refresh_token_expires, online_access_info';

/**
 * Shopify's sessions, each in its tenant's rows with its tokens sealed. A shop's first session makes its tenant. One that cannot be
 * opened (its key is gone, or the row is not where it was sealed for) counts as none, so that opening the app gets new tokens.
 */
export function createSessionStorage(
  { pool, withTenant, directory, seal, log }: { pool: Sql; withTenant: WithTenant; directory: TenantDirectory; seal: TokenSeal; log: { error(fields: object, message: string): void } },
): SessionStorage {
  const sessionOf = (row: SessionRow): Session => new Session({
    id: row.id, shop: row.shopDomain, state: row.state, isOnline: row.isOnline,
    accessToken: seal.open(row.accessToken, row.tenantId),
    ...(row.scope === null ? {} : { scope: row.scope }),
    ...(row.expires === null ? {} : { expires: row.expires }),
    ...(row.refreshToken === null ? {} : { refreshToken: seal.open(row.refreshToken, row.tenantId) }),
    ...(row.refreshTokenExpires === null ? {} : { refreshTokenExpires: row.refreshTokenExpires }),
    ...(row.onlineAccessInfo === null ? {} : { onlineAccessInfo: row.onlineAccessInfo as never }),
  });

  const opened = (row: SessionRow): Session[] => {
    try {
      return [sessionOf(row)];
    } catch (error) {
      log.error({ tenantId: row.tenantId, err: error }, 'A session cannot be opened; it is treated as if there were none');
      return [];
    }
  };

  const remove = async (shop: string, ids: readonly string[]): Promise<void> => {
    const tenant = await directory.byShop(shop);
    if (tenant) await withTenant(tenant.tenantId, (sql) => sql.query('delete from shop_sessions where id = any($1)', [ids]));
  };
  /** Ids are `offline_SHOP` or `SHOP_USER`. */
  const shopOf = (id: string): string => (id.startsWith('offline_') ? id.slice('offline_'.length) : id.slice(0, id.lastIndexOf('_')));

  return {
    async storeSession(session) {
      // A session without a token is one that was given up: that installs nothing.
      const known = session.accessToken ? null : await directory.byShop(session.shop);
      if (!session.accessToken && known?.state !== 'installed') return true;
      const tenantId = known?.tenantId ?? await directory.install(session.shop);
      await withTenant(tenantId, (sql) => sql.query(
        `insert into shop_sessions (${columns}, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now())
         on conflict (tenant_id, id) do update set state = excluded.state, scope = excluded.scope, expires = excluded.expires, access_token = excluded.access_token,
           refresh_token = excluded.refresh_token, refresh_token_expires = excluded.refresh_token_expires, online_access_info = excluded.online_access_info, updated_at = now()`,
        [tenantId, session.id, session.shop, session.state, session.isOnline, session.scope ?? null, session.expires ?? null,
          seal.seal(session.accessToken ?? '', tenantId), session.refreshToken ? seal.seal(session.refreshToken, tenantId) : null, session.refreshTokenExpires ?? null,
          session.onlineAccessInfo ? json(session.onlineAccessInfo) : null]));
      return true;
    },
    async loadSession(id) {
      const { rows } = await pool.query(`select ${columns} from app.load_session($1)`, [id]);
      return rows[0]?.tenant_id ? opened(fromRow<SessionRow>(rows[0]))[0] : undefined;
    },
    async deleteSession(id) {
      await remove(shopOf(id), [id]);
      return true;
    },
    async deleteSessions(ids) {
      for (const id of ids) await remove(shopOf(id), [id]);
      return true;
    },
    async findSessionsByShop(shop) {
      const tenant = await directory.byShop(shop);
      if (!tenant) return [];
      return withTenant(tenant.tenantId, async (sql) => (await many<SessionRow>(sql, `select ${columns} from shop_sessions order by id limit 1000`)).flatMap(opened));
    },
  };
}
