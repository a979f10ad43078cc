import type { FlowContext } from '../../ports/context.ts';
import type { LogArchive } from '../../ports/log-retention.ts';
import type { TenantRow, WebhookRow } from '../../ports/tenant-store.ts';
import type { Tx } from '../../ports/unit-of-work.ts';
import { stopChanges } from './stop-changes.ts';

/** What a removal did at once; kept with its webhook for the worker. */
interface Left {
  /** Whether the removal is of the installation that is there: told again up to four hours later, it may be of one before. */
  readonly left: boolean;
  /** API tokens that it revoked. */
  readonly tokens: readonly string[];
}

/**
 * What happens in the moment in which we hear that the app was removed, before Shopify is answered: tokens are forgotten, and nothing of
 * the shop is due any more, so that no schedule, lease or refresh goes on while the worker is busy with something else. Nothing that
 * a worker may hold for long is waited for. Tokens of our API end with the installation that they were made in, and stay ended when the
 * app is installed again: word that comes late ends those that were made before it was sent.
 */
export async function leaveAtOnce(tx: Tx, ctx: FlowContext, webhook: WebhookRow): Promise<Left> {
  const left = (await tx.tenant.get())?.state === 'installed' && !(await tx.tenant.installedAfter(webhook.triggeredAt));
  if (left) {
    await tx.tenant.update({ state: 'uninstalled' }, ctx.now());
    await tx.tenant.forgetSessions();
  }
  return { left, tokens: await tx.tokens.revokeAll({ madeBefore: left ? null : webhook.triggeredAt, now: ctx.now() }) };
}

/**
 * The rest, by the worker: changes that write are paused, what would start is cancelled, campaigns no longer end by themselves. Also
 * when the app was installed again meanwhile: what was under way before is for a person to take up. Null when it had its effect.
 */
export async function leaveInOrder(tx: Tx, ctx: FlowContext, tenant: TenantRow, webhook: WebhookRow): Promise<string | null> {
  const { left = false, tokens = [] } = (webhook.payload ?? {}) as Partial<Left>;
  for (const id of tokens) {
    await tx.journal.append(ctx, { type: 'token.revoked', aggregateType: 'token', aggregateId: id, payload: { tokenId: id }, audit: { action: 'revoked', explain: { because: 'the app was uninstalled' } } });
  }
  if (!left) return tokens.length > 0 ? null : 'the app was installed again since, or had left before';
  const stopped = await stopChanges(tx, ctx);
  await tx.journal.append(ctx, { type: 'shop.uninstalled', aggregateType: 'shop', aggregateId: ctx.tenantId, payload: { shopDomain: tenant.shopDomain }, audit: { action: 'uninstalled', explain: { ...stopped, at: webhook.triggeredAt.toISOString() } } });
  return null;
}

/** Erases the shop, unless it has the app again since Shopify asked: then it is no longer to be forgotten. */
export async function redactShop(tx: Tx, ctx: FlowContext, webhook: WebhookRow, archive: Pick<LogArchive, 'forget'> | null): Promise<'erased' | string> {
  if (await tx.tenant.installedAfter(webhook.triggeredAt)) {
    const answer = 'The shop has installed the app again since; nothing was erased.';
    await tx.journal.append(ctx, {
      type: 'shop.privacy_request_answered', aggregateType: 'shop', aggregateId: ctx.tenantId, payload: { topic: webhook.topic, customerData: 'none is kept' },
      audit: { action: 'shop_redact', explain: { answer } },
    });
    return 'the shop installed the app again since';
  }
  // The files first: if this breaks off, it is done again, and then only the rows are left to erase.
  await archive?.forget(ctx.tenantId);
  ctx.log.info({ rows: await tx.tenant.erase('shop/redact'), webhookId: webhook.webhookId }, 'Every row of a shop was erased as Shopify asked');
  return 'erased';
}

/** Calibrate keeps nothing about customers; the audit entry is the evidence that the request came and was answered. */
export async function answerForCustomer(tx: Tx, ctx: FlowContext, webhook: WebhookRow): Promise<null> {
  await tx.journal.append(ctx, {
    type: 'shop.privacy_request_answered', aggregateType: 'shop', aggregateId: ctx.tenantId, payload: { topic: webhook.topic, customerData: 'none is kept' },
    audit: { action: webhook.topic.replace('/', '_'), explain: { answer: 'No customer data is kept.' } },
  });
  return null;
}
