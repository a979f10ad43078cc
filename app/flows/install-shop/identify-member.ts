import type { FlowContext } from '../../ports/context.ts';
import type { Role } from '../../ports/tenant-store.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

/** The role of a member of staff. Whoever opens the app first becomes its admin; those after begin as editors. */
export async function memberRole({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { userId }: { userId: string }): Promise<Role> {
  return uow.run(ctx.tenantId, (tx) => tx.tenant.member(userId, '', 'editor', ctx.now()));
}

/** What every screen says of its shop. */
export async function shopFacts({ uow }: { uow: UnitOfWork }, ctx: FlowContext): Promise<{ shop: string; shopName: string; currencyCode: string; timeZone: string }> {
  const tenant = await uow.run(ctx.tenantId, (tx) => tx.tenant.get());
  return { shop: tenant?.shopDomain ?? '', shopName: tenant?.name ?? '', currencyCode: tenant?.currencyCode ?? 'USD', timeZone: tenant?.timeZone ?? 'UTC' };
}
