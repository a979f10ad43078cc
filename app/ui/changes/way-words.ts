import type { ChangeWay, PriceChange } from '@calibr/types';
import { durationWords } from '../../domain/pricing/write-way.ts';
import { formatCount } from '../format/count.ts';

/** How the prices of a change go out, and what the other way would take; null where there is nothing to tell, as for a few prices. */
export function wayLine({ way, state }: Pick<PriceChange, 'way' | 'state'>): string | null {
  if (!way) return null;
  const past = state !== 'applying' && state !== 'paused';
  if (way.callsSeconds === null || way.bulkSeconds === null) return way.chosen === 'calls' && !tellsWhy(way) ? null : way.sentence;
  const [calls, bulk] = [durationWords(way.callsSeconds), durationWords(way.bulkSeconds)];
  if (way.chosen === 'bulk') {
    const size = way.rowsPerOperation === null ? '' : ` of up to ${formatCount(way.rowsPerOperation)} prices`;
    return `Shopify ${past ? 'was' : 'is'} given the prices in bulk operations${size}: about ${bulk} for ${formatCount(way.rows)} prices, where one product after another would take about ${calls}.`;
  }
  // A minute or two is not worth a word.
  if (way.callsSeconds < 60) return null;
  return `Shopify ${past ? 'was' : 'is'} given the prices one product after another: about ${calls} for ${formatCount(way.rows)} prices, where bulk operations would take about ${bulk}.`;
}

/** Single calls for another reason than that they are few. */
function tellsWhy({ sentence }: ChangeWay): boolean {
  return !sentence.endsWith('are few.') && !sentence.endsWith('is few.');
}
