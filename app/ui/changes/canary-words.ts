import type { ChangeCanary, PriceChange } from '@calibr/types';
import { formatCount, formatQuantity } from '../format/count.ts';

const PAUSE_TITLES: Readonly<Record<string, string>> = {
  canary_done: 'The first part is written',
  canary_failed: 'The first part did not go well enough to go on',
  conflict_rate: 'Paused: too many prices had changed',
  failure_rate: 'Paused: too many prices could not be written',
  token_revoked: 'Paused: Shopify refuses us',
  scope_missing: 'Paused: a permission is missing',
  currency_changed: 'Paused: the shop sells in another currency now',
  app_uninstalled: 'Paused: the app was removed',
};

/** Title over the reason of a pause. */
export function pauseTitle({ pauseCode }: PriceChange): string {
  return (pauseCode && PAUSE_TITLES[pauseCode]) || 'Paused';
}

/** How far the first part is, and what was found, in one line. */
export function canaryLine(canary: ChangeCanary): string {
  const part = `First part (${canary.percent} %, ${formatQuantity(canary.rows, 'price', 'prices')})`;
  if (canary.state === 'writing') return `${part}: being written.`;
  if (canary.state === 'verifying') return `${part}: written, and being read again from your store.`;
  const found = [
    `${formatCount(canary.verified)} read again`,
    ...(canary.differing ? [`${formatCount(canary.differing)} no longer showed our price`] : []),
    ...(canary.conflicts - canary.differing > 0 ? [`${formatCount(canary.conflicts - canary.differing)} in conflict`] : []),
    ...(canary.failed ? [`${formatCount(canary.failed)} failed`] : []),
  ].join(', ');
  return `${part}: ${found}${canary.differing + canary.conflicts + canary.failed === 0 ? ', all as planned' : ''}.`;
}
