export const ROLES = ['viewer', 'editor', 'approver', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Whether someone with `role` may do what needs at least `needed`. The server decides; this only shows or hides. */
export function may(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

export const ROLE_WORDS: Readonly<Record<Role, { readonly label: string; readonly help: string; /** The same of somebody else. */ readonly can: string }>> = {
  viewer: { label: 'Viewer', help: 'You can look at prices, rules, changes and the audit.', can: 'Looks at prices, rules, changes and the audit.' },
  editor: { label: 'Editor', help: 'You can also write rules and preview price changes.', can: 'Also writes rules and previews price changes.' },
  approver: { label: 'Approver', help: 'You can also approve, apply and roll back price changes, and decide conflicts.', can: 'Also approves, applies and rolls back price changes, and decides conflicts.' },
  admin: { label: 'Administrator', help: 'You can do everything, the team, API tokens and catalog syncs included.', can: 'Does everything: policies, the team, API tokens and catalog syncs too.' },
};
