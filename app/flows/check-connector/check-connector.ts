import type { ConnectorHealth, ConnectorList } from '@calibr/types';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { ConnectorProbe } from '../../ports/connector-probe.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Tx, UnitOfWork } from '../../ports/unit-of-work.ts';

type Deps = { readonly uow: UnitOfWork; readonly probes: Readonly<Record<string, ConnectorProbe>> };
const notFound = (name: string): Result<never> => problem('not_found', 'connector_not_found', `There is no connector called "${name}".`);

async function healthOf(tx: Tx, name: string): Promise<ConnectorHealth> {
  const stored = await tx.tenant.health(name);
  const { since } = await tx.writes.get();
  const writes = name === 'shopify' && since ? { writesStoppedSince: since.toISOString() } : {};
  return stored
    ? { name, status: stored.status as ConnectorHealth['status'], detail: { ...stored.detail, ...writes }, checkedAt: stored.checkedAt.toISOString() }
    : { name, status: 'unknown', detail: writes, checkedAt: null };
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

/** Asks the connector's other side how it is, and keeps the sanitized answer. Errors: not_found. */
export async function checkConnector({ uow, probes }: Deps, ctx: FlowContext, { name }: { name: string }): Promise<Result<ConnectorHealth>> {
  const probe = probes[name];
  const tenant = probe && (await uow.run(ctx.tenantId, (tx) => tx.tenant.get()));
  if (!probe || !tenant) return notFound(name);
  const answer = await probe.check({ tenantId: ctx.tenantId, shopDomain: tenant.shopDomain, currencyCode: tenant.currencyCode });
  return uow.run(ctx.tenantId, async (tx) => {
    await tx.tenant.saveHealth(name, answer.status, answer.detail, ctx.now());
    return ok({ name, status: answer.status, detail: { ...answer.detail }, checkedAt: ctx.now().toISOString() });
  });
}
