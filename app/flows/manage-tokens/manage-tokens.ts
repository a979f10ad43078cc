import type { ApiScope, ApiToken, ApiTokenList, ApiTokenWithSecret } from '@calibr/types';
import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import { actorText } from '../../ports/context.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { TokenRow } from '../../ports/tenant-store.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

/** A new secret with what is kept of it: its SHA-256 and its first characters. */
export interface TokenSecret {
  readonly token: string;
  readonly hash: Uint8Array;
  readonly prefix: string;
}

function tokenDto(row: TokenRow): ApiToken {
  return {
    id: row.id, name: row.name, prefix: row.prefix, scopes: row.scopes as ApiScope[], createdBy: row.createdBy, createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null, revokedAt: row.revokedAt?.toISOString() ?? null,
  };
}

export async function listTokens({ uow }: { uow: UnitOfWork }, ctx: FlowContext): Promise<Result<ApiTokenList>> {
  return uow.run(ctx.tenantId, async (tx) => ok({ data: (await tx.tokens.list()).map(tokenDto), nextCursor: null }));
}

/** Makes a token; the answer is the only place where its secret is ever shown. */
export async function createToken(
  { uow, newSecret }: { uow: UnitOfWork; newSecret: () => TokenSecret }, ctx: FlowContext, { name, scopes }: { name: string; scopes: readonly ApiScope[] },
): Promise<Result<ApiTokenWithSecret>> {
  const secret = newSecret();
  return uow.run(ctx.tenantId, async (tx) => {
    const row = await tx.tokens.create({ id: ctx.newId(), name, tokenHash: secret.hash, prefix: secret.prefix, scopes, createdBy: actorText(ctx.actor), now: ctx.now() });
    await tx.journal.append(ctx, {
      type: 'token.created', aggregateType: 'token', aggregateId: row.id,
      payload: { tokenId: row.id, name, prefix: row.prefix, scopes }, audit: { action: 'created', explain: { name, prefix: row.prefix, scopes } },
    });
    const { lastUsedAt: _lastUsedAt, revokedAt: _revokedAt, ...token } = tokenDto(row);
    return ok({ token: secret.token, ...token });
  });
}

/** Ends a token at once. Errors: not_found (also when it was revoked before). */
export async function revokeToken({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id }: { id: string }): Promise<Result<void>> {
  return uow.run(ctx.tenantId, async (tx) => {
    if (!(await tx.tokens.revoke(id, ctx.now()))) return problem('not_found', 'token_not_found', 'There is no valid token with this id.');
    await tx.journal.append(ctx, { type: 'token.revoked', aggregateType: 'token', aggregateId: id, payload: { tokenId: id }, audit: { action: 'revoked' } });
    return ok();
  });
}

/** Notes that a token was used just now. */
export async function touchToken({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { id }: { id: string }): Promise<void> {
  await uow.run(ctx.tenantId, (tx) => tx.tokens.touch(id, ctx.now()));
}
