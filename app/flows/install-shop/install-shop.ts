import type { FlowContext } from '../../ports/context.ts';
import type { CatalogSource } from '../../ports/catalog-source.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

/** Entries about the shop itself are few: installations, removals, privacy requests. */
const PAST_READ = 200;

/**
 * Completes an installation right after its tokens were stored: what kind of shop it is, and the event that says so.
 * A shop that does not answer is installed all the same; its facts come with the first sync.
 */
export async function completeInstall({ uow, source }: { uow: UnitOfWork; source: CatalogSource }, ctx: FlowContext, { shopDomain }: { shopDomain: string }): Promise<void> {
  const info = await source.shopInfo({ tenantId: ctx.tenantId, shopDomain, currencyCode: 'USD' });
  await uow.run(ctx.tenantId, async (tx) => {
    if (info.ok) {
      const { name, currencyCode, timeZone, plan, scopes } = info.value;
      await tx.tenant.update({ name, currencyCode, timeZone, plan, scopes }, ctx.now());
    }
    // Shopify's SDK calls this after every token exchange; an installation is only the first one, and the first after a removal.
    const { data: past } = await tx.journal.audit({ entity: 'shop', entityId: ctx.tenantId }, { limit: PAST_READ, cursor: null });
    if (past.find(({ action }) => action === 'installed' || action === 'uninstalled')?.action === 'installed') return;
    const tenant = await tx.tenant.get();
    await tx.journal.append(ctx, {
      type: 'shop.installed', aggregateType: 'shop', aggregateId: ctx.tenantId,
      payload: { shopDomain, currencyCode: tenant?.currencyCode ?? 'USD', timeZone: tenant?.timeZone ?? 'UTC', scopes: tenant?.scopes ?? [] },
      audit: { action: 'installed', explain: { shopDomain } },
    });
  });
}
