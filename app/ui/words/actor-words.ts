const JOBS: Readonly<Record<string, string>> = {
  'auto-approval': 'Calibrate, by your policies,',
  'apply-change': 'Calibrate, writing prices',
  'plan-change': 'Calibrate, planning',
  'sync-catalog': 'Calibrate, syncing',
  'sync-price-lists': 'Calibrate, reading price lists',
};

/** An actor as it stands in events and audit (`user:42`, `token:…`, `shopify`, `system:job`) as a person would name it. */
export function actorWords(actor: string): string {
  const colon = actor.indexOf(':');
  const kind = colon < 0 ? actor : actor.slice(0, colon);
  const id = colon < 0 ? '' : actor.slice(colon + 1);
  switch (kind) {
    case 'user':
      return id ? `Staff member ${id}` : 'Staff member';
    case 'token':
      return id ? `API token ${id.slice(0, 8)}` : 'API token';
    case 'shopify':
      return 'Shopify';
    case 'system':
      return JOBS[id] ?? 'Calibrate';
    default:
      return actor;
  }
}
