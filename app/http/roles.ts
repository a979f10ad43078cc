import type { ApiScope } from '@calibr/types';
import { ROLES } from '../ports/tenant-store.ts';
import type { Role } from '../ports/tenant-store.ts';

const viewer: readonly ApiScope[] = ['catalog:read', 'audit:read', 'analytics:read', 'copilot:ask'];
const editor: readonly ApiScope[] = [...viewer, 'rules:write', 'changes:write', 'imports:write'];
const approver: readonly ApiScope[] = [...editor, 'changes:approve', 'changes:apply'];

/** What each role may do, in the words of API tokens: one list of rights for people and programs. */
export const SCOPES_OF_ROLE: Readonly<Record<Role, readonly ApiScope[]>> = { viewer, editor, approver, admin: [...approver, 'connectors:manage', 'admin'] };

export function atLeast(role: Role, minimum: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(minimum);
}
