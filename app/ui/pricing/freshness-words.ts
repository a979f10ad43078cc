import type { CatalogStatus } from '@calibr/types';
import { formatQuantity } from '../format/count.ts';
import { formatDateTime, formatDuration } from '../format/time.ts';

/** Older finds are history: the audit has them. */
const UNTOLD_SHOWN_MS = 24 * 3_600_000;

/** How fresh the catalog is, in a line under the title. */
export function freshness(status: CatalogStatus, timeZone: string): string | undefined {
  if (!status.upToDateAsOf) return undefined;
  return `Up to date as of ${formatDateTime(status.upToDateAsOf, timeZone)} (${timeZone})${status.reconciling ? '; being compared with Shopify now' : ''}`;
}

/** What was changed in Shopify without a webhook telling us, while it is news; `now` in milliseconds. */
export function untoldWords(status: CatalogStatus, timeZone: string, now: number): string | null {
  const { untold } = status;
  if (!untold || untold.prices === 0 || now - Date.parse(untold.foundAt) > UNTOLD_SHOWN_MS) return null;
  const since = untold.behindSeconds ? `, the oldest ${formatDuration(untold.behindSeconds)} before` : '';
  return `${formatQuantity(untold.prices, 'price was', 'prices were')} changed in Shopify without telling us. We found that ${formatDateTime(untold.foundAt, timeZone)}${since}; what you see here is right again.`;
}
