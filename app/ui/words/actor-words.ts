const JOBS: Readonly<Record<string, string>> = {
  'auto-approval': 'Calibrate, by your policies,',
  'apply-change': 'Calibrate, writing prices',
  'plan-change': 'Calibrate, planning',
  'sync-catalog': 'Calibrate, syncing',
  'sync-price-lists': 'Calibrate, reading price lists',
};

/** Names of staff and of API tokens, by actor (`user:42`, `token:…`). */
export type People = Readonly<Record<string, string>>;

/** The names that a store's team and its API tokens go by. */
export function peopleOf(members: readonly { readonly userId: string; readonly name: string }[], tokens: readonly { readonly id: string; readonly name: string }[]): People {
  return Object.fromEntries([
    ...members.filter(({ name }) => name !== '').map(({ userId, name }) => [`user:${userId}`, name]),
    ...tokens.map(({ id, name }) => [`token:${id}`, name]),
  ]);
}

/** An actor as it stands in events and audit (`user:42`, `token:…`, `shopify`, `system:job`) as a person would name it. */
export function actorWords(actor: string, people: People = {}): string {
  const name = Object.hasOwn(people, actor) ? people[actor] : '';
  const colon = actor.indexOf(':');
  const kind = colon < 0 ? actor : actor.slice(0, colon);
  const id = colon < 0 ? '' : actor.slice(colon + 1);
  switch (kind) {
    case 'user':
      return name || (id ? `Staff member ${id}` : 'Staff member');
    case 'token':
      return name ? `API token “${name}”` : id ? `API token ${id.slice(0, 8)}` : 'API token';
    case 'shopify':
      return 'Shopify';
    case 'system':
      return JOBS[id] ?? 'Calibrate';
    default:
      return actor;
  }
}
