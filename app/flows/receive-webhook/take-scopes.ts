import { nextChangeState } from '../../domain/pricing/lifecycle.ts';
import type { ChangeRow } from '../../domain/pricing/change.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { TenantRow, WebhookRow } from '../../ports/tenant-store.ts';
import type { Tx } from '../../ports/unit-of-work.ts';
import { inState } from './stop-changes.ts';

/** Without it no price can be written; what else is missing only makes less known, and the connector's health says so. */
const WRITE_SCOPE = 'write_products';
const MISSING = `Shopify no longer grants Calibrate the permission ${WRITE_SCOPE}, so no price can be written. Open Calibrate in Shopify Admin and grant it: the change goes on by itself then.`;
/** Entries about the shop itself are few. */
const PAST_READ = 200;

/**
 * Keeps which scopes the shop grants now. Without the one that writes, changes pause and say why; once it is back they go on. Word that is
 * older than what is known changes nothing. Null when it had its effect, otherwise why it had none.
 */
export async function takeScopes(tx: Tx, ctx: FlowContext, tenant: TenantRow, webhook: WebhookRow): Promise<string | null> {
  const current = (webhook.payload as { current?: unknown } | null)?.current;
  if (!Array.isArray(current)) return 'the payload names no scopes';
  const { data: past } = await tx.journal.audit({ entity: 'shop', entityId: ctx.tenantId }, { limit: PAST_READ, cursor: null });
  const newer = past.some(({ action, explain }) => action === 'scopes_changed' && Date.parse(String(explain['toldAt'])) > webhook.triggeredAt.getTime());
  if (newer) return 'newer word of the scopes is known';
  const granted = current.map(String);
  await tx.tenant.update({ scopes: granted }, ctx.now());
  const writes = granted.includes(WRITE_SCOPE);
  const changes = writes ? await resumeGranted(tx, ctx) : await pauseMissing(tx, ctx);
  const lost = tenant.scopes.filter((scope) => !granted.includes(scope));
  await tx.journal.append(ctx, {
    type: 'shop.scopes_changed', aggregateType: 'shop', aggregateId: ctx.tenantId, payload: { granted, lost },
    audit: { action: 'scopes_changed', explain: { granted, lost, toldAt: webhook.triggeredAt.toISOString(), [writes ? 'resumed' : 'paused']: changes } },
  });
  return null;
}

async function pauseMissing(tx: Tx, ctx: FlowContext): Promise<number> {
  // The worker may have been told first, by a refusal that did not say for how long.
  const refused = (await inState(tx, 'paused')).filter(({ pauseCode }) => pauseCode === 'token_revoked');
  const running = await inState(tx, 'applying');
  for (const change of [...refused, ...running]) await pause(tx, ctx, change);
  return refused.length + running.length;
}

async function pause(tx: Tx, ctx: FlowContext, change: ChangeRow): Promise<void> {
  await tx.changes.update(change.id, { state: 'paused', pauseCode: 'scope_missing', pauseReason: MISSING }, ctx.now());
  await tx.journal.append(ctx, {
    type: 'price_change.paused', aggregateType: 'price_change', aggregateId: change.id,
    payload: { changeId: change.id, code: 'scope_missing', reason: MISSING }, audit: { action: 'paused', explain: { code: 'scope_missing', reason: MISSING } },
  });
}

async function resumeGranted(tx: Tx, ctx: FlowContext): Promise<number> {
  const waiting = (await inState(tx, 'paused')).filter(({ pauseCode }) => pauseCode === 'scope_missing');
  for (const change of waiting) {
    const next = nextChangeState(change.state, 'resume');
    if (!next.ok) continue;
    await tx.changes.update(change.id, { state: next.value, pauseCode: null, pauseReason: null }, ctx.now());
    await tx.journal.append(ctx, {
      type: 'price_change.resumed', aggregateType: 'price_change', aggregateId: change.id, payload: { changeId: change.id, queuedRows: 0 },
      audit: { action: 'resumed', explain: { because: `${WRITE_SCOPE} is granted again`, queuedRows: 0 } },
    });
  }
  return waiting.length;
}
