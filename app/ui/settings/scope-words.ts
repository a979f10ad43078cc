import type { ApiScope } from '@calibr/types';

/** Scopes that a token can be given here: those that something of the app asks for today. */
export const OFFERED_SCOPES: readonly { readonly scope: ApiScope; readonly label: string; readonly help: string }[] = [
  { scope: 'catalog:read', label: 'Read the catalog', help: 'Products, variants, prices and their history' },
  { scope: 'rules:write', label: 'Write rules', help: 'Make, change and delete rules' },
  { scope: 'changes:write', label: 'Plan changes', help: 'Make and preview price changes' },
  { scope: 'changes:approve', label: 'Approve changes', help: 'Approve or reject plans' },
  { scope: 'changes:apply', label: 'Apply changes', help: 'Write approved prices, pause, resume, roll back, decide conflicts' },
  { scope: 'audit:read', label: 'Read the audit', help: 'Audit entries and events' },
  { scope: 'connectors:manage', label: 'Connections', help: 'See and check connections' },
  { scope: 'admin', label: 'Everything', help: 'All of the above, catalog syncs and API tokens' },
];

export function scopeLabel(scope: ApiScope): string {
  return OFFERED_SCOPES.find((offered) => offered.scope === scope)?.label ?? scope;
}
