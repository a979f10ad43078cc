import type { FlowContext, Log } from '../../ports/context.ts';
import type { JobQueue } from '../../ports/job-queue.ts';
import type { TokenKeeper } from '../../ports/token-keeper.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

/** Until a shop whose token could not be refreshed is tried again by itself. There are ten minutes for it. */
const REST_MS = 30_000;

/** Rings for every shop whose token ends soon. Answers how many there are. */
export async function ringEndingTokens({ tokens, queue }: { tokens: Pick<TokenKeeper, 'ending'>; queue: JobQueue }): Promise<number> {
  const ending = await tokens.ending();
  if (ending.length > 0) await queue.enqueue(ending.map((tenantId) => ({ name: 'refresh-token', key: `refresh-token:${tenantId}`, payload: { tenantId }, maxAttempts: 1 })));
  return ending.length;
}

/** Refreshes the token of a shop before it ends, so that the next one who needs it finds a good one. A shop that left keeps none. */
export async function refreshIdleToken({ uow, tokens }: { uow: UnitOfWork; tokens: Pick<TokenKeeper, 'keepFresh' | 'rest'> }, ctx: FlowContext): Promise<void> {
  const tenant = await uow.run(ctx.tenantId, (tx) => tx.tenant.get());
  if (tenant?.state !== 'installed') return;
  await tokens.rest(ctx.tenantId, REST_MS);
  try {
    await tokens.keepFresh({ tenantId: ctx.tenantId, shopDomain: tenant.shopDomain, currencyCode: tenant.currencyCode });
  } catch (error) {
    ctx.log.warn({ err: error }, 'The access token of a shop could not be refreshed yet; it is tried again');
  }
}

/** After the encryption key was changed: every token is sealed with the new one, so that the old one can be taken away. */
export async function resealTokens({ tokens, log }: { tokens: Pick<TokenKeeper, 'resealAll'>; log: Log }): Promise<void> {
  const { resealed, unreadable } = await tokens.resealAll();
  if (resealed > 0) log.info({ sessions: resealed, unreadable }, 'Tokens were sealed again with the current encryption key');
}
