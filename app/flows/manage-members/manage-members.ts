import { ok, problem } from '../../domain/kernel/result.ts';
import type { Result } from '../../domain/kernel/result.ts';
import type { FlowContext } from '../../ports/context.ts';
import type { Role } from '../../ports/tenant-store.ts';
import type { UnitOfWork } from '../../ports/unit-of-work.ts';

/** A member of staff as the Console shows them. `lastSeenAt` is RFC 3339 UTC. */
export interface Member {
  readonly userId: string;
  readonly name: string;
  readonly role: Role;
  readonly lastSeenAt: string;
}

/** Everybody who has opened the app in this shop, first come first. */
export async function listMembers({ uow }: { uow: UnitOfWork }, ctx: FlowContext): Promise<Result<readonly Member[]>> {
  const rows = await uow.run(ctx.tenantId, (tx) => tx.members.list());
  return ok(rows.map(({ lastSeenAt, ...row }) => ({ ...row, lastSeenAt: lastSeenAt.toISOString() })));
}

/**
 * Gives a member of staff a role, and the name they go by here.
 * Errors: not_found `member_not_found`; conflict `last_admin` where nobody would be left who can give roles.
 */
export async function changeMember({ uow }: { uow: UnitOfWork }, ctx: FlowContext, { userId, name, role }: { userId: string; name: string; role: Role }): Promise<Result<void>> {
  return uow.run(ctx.tenantId, async (tx) => {
    const members = await tx.members.hold();
    const before = members.find((member) => member.userId === userId);
    if (!before) return problem('not_found', 'member_not_found', 'This person has not opened Calibrate in this store.');
    if (before.role === 'admin' && role !== 'admin' && !members.some((member) => member.role === 'admin' && member.userId !== userId)) {
      return problem('conflict', 'last_admin', 'This is the only administrator. Make somebody else an administrator first.');
    }
    if (before.name === name && before.role === role) return ok();
    await tx.members.change(userId, { name, role });
    await tx.journal.append(ctx, {
      type: 'member.changed', aggregateType: 'member', aggregateId: userId, payload: { userId, name, role, previousRole: before.role },
      audit: { action: 'changed', explain: { name: name || before.name, role, previousRole: before.role } },
    });
    return ok();
  });
}
