import type { ConnectorHealth, ConnectorList } from '@calibr/types';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { ConnectorProbe } from '../../ports/connector-probe.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { JobQueue } from '../../ports/job-queue.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';

type Deps = { readonly uow: UnitOfWork; readonly probes: Readonly<Record<string, ConnectorProbe>> };
const notFound = (name: string): Result<never> => problem('not_found', 'connector_not_found', `There is no connector called "${name}".`);

async function healthOf(tx: Tx, name: string): Promise<ConnectorHealth> {
  const stored = await tx.tenant.health(name);
  const { since } = await tx.writes.get();
  const writes = name === 'shopify' && since ? { writesStoppedSince: since.toISOString() } : {};
  const webhooks = await webhooksOf(tx, name);
  if (!stored) return { name, status: webhooks.status ?? 'unknown', detail: { ...writes, ...webhooks.detail }, checkedAt: null };
  // A connector that answers, and tells nothing by itself, is not well.
  const status = stored.status === 'ok' && webhooks.status ? webhooks.status : (stored.status as ConnectorHealth['status']);
  return { name, status, detail: { ...stored.detail, ...writes, ...webhooks.detail }, checkedAt: stored.checkedAt.toISOString() };
}

/** How the shop's webhook subscriptions are, as they were found last; nothing for other connectors. */
async function webhooksOf(tx: Tx, name: string): Promise<{ status: 'degraded' | null; detail: Record<string, unknown> }> {
  const found = name === 'shopify' ? await tx.tenant.health('shopify_webhooks') : null;
  if (!found) return { status: null, detail: {} };
  const { needed, present, made, moved, problem: trouble } = found.detail as { needed?: number; present?: number; made?: string; moved?: string; problem?: string };
  return {
    status: found.status === 'ok' ? null : 'degraded',
    detail: {
      webhooks: found.status, webhooksCheckedAt: found.checkedAt.toISOString(),
      ...(needed === undefined ? {} : { webhooksPresent: `${present} of ${needed}` }),
      ...(made ? { webhooksMade: made } : {}), ...(moved ? { webhooksMoved: moved } : {}), ...(trouble ? { webhooksProblem: trouble } : {}),
    },
  };
}

export async function listConnectors({ uow, probes }: Deps, ctx: FlowContext): Promise<Result<ConnectorList>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const data: ConnectorHealth[] = [];
    for (const name of Object.keys(probes)) data.push(await healthOf(tx, name));
    return ok({ data, nextCursor: null });
  });
}

export async function connectorHealth({ uow, probes }: Deps, ctx: FlowContext, { name }: { name: string }): Promise<Result<ConnectorHealth>> {
  if (!(name in probes)) return notFound(name);
  return uow.run(ctx.tenantId, async (tx) => ok(await healthOf(tx, name)));
}

/** Asks the connector's other side how it is, and keeps the sanitized answer; its webhook subscriptions are looked at by a job. Errors: not_found. */
export async function checkConnector({ uow, probes, queue }: Deps & { readonly queue: JobQueue }, ctx: FlowContext, { name }: { name: string }): Promise<Result<ConnectorHealth>> {
  const probe = probes[name];
  const tenant = probe && (await uow.run(ctx.tenantId, (tx) => tx.tenant.get()));
  if (!probe || !tenant) return notFound(name);
  const answer = await probe.check({ tenantId: ctx.tenantId, shopDomain: tenant.shopDomain, currencyCode: tenant.currencyCode });
  const health = await uow.run(ctx.tenantId, async (tx) => {
    await tx.tenant.saveHealth(name, answer.status, answer.detail, ctx.now());
    return healthOf(tx, name);
  });
  if (name === 'shopify') {
    await queue.enqueue([{ name: 'check-subscriptions', key: `check-subscriptions:${ctx.tenantId}`, payload: { tenantId: ctx.tenantId, correlationId: ctx.correlationId } }])
      .catch((error: unknown) => ctx.log.warn({ err: error }, 'The queue did not take the bell for the webhook subscriptions; they are looked at daily'));
  }
  return ok(health);
}
