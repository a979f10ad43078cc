import { isCurrencyCode } from '../../domain/kernel/currency.ts';
import type { ShopInfo } from '../../ports/catalog-source.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { TenantRow, WebhookRow } from '../../ports/tenant-store.ts';
import type { Tx } from '../../ports/unit-of-work.ts';

/**
 * Takes over what the shop says of itself now; of several updates that come in any order the answer of the shop is the latest word. A
 * time zone moves no start and no end: those are instants, reckoned in the zone that their schedule names.
 */
export async function followShop(tx: Tx, ctx: FlowContext, tenant: TenantRow, webhook: WebhookRow, info: ShopInfo | null): Promise<string | null> {
  const told = webhook.payload as { name?: unknown; currency?: unknown; iana_timezone?: unknown } | null;
  const facts = info ?? { name: told?.name, currencyCode: told?.currency, timeZone: told?.iana_timezone };
  const currencyCode = isCurrencyCode(facts.currencyCode) ? facts.currencyCode : tenant.currencyCode;
  await tx.tenant.update({
    currencyCode,
    ...(typeof facts.name === 'string' ? { name: facts.name } : {}),
    ...(typeof facts.timeZone === 'string' ? { timeZone: facts.timeZone } : {}),
    ...(info ? { plan: info.plan } : {}),
  }, ctx.now());
  if (currencyCode === tenant.currencyCode) return null;
  // Amounts in another currency mean something else: the whole catalog is brought in anew, and no plan is written on.
  if (!(await tx.syncs.running())) {
    const sync = await tx.syncs.start({ id: ctx.newId(), correlationId: ctx.correlationId, now: ctx.now(), reason: 'currency' });
    await tx.journal.append(ctx, {
      type: 'catalog.sync_started', aggregateType: 'catalog', aggregateId: sync.id, payload: { syncId: sync.id }, audit: { action: 'sync_started', explain: { because: "the shop's currency changed" } },
    });
  }
  const explain = { from: tenant.currencyCode, to: currencyCode };
  await tx.journal.append(ctx, { type: 'shop.currency_changed', aggregateType: 'shop', aggregateId: ctx.tenantId, payload: explain, audit: { action: 'currency_changed', explain } });
  return null;
}
