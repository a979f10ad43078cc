import type { LowestPriceOf30Days } from '@calibr/types';
import { moneyOrNull } from '../kernel/money-dto.ts';
import type { ReferenceCalendar } from './calendar.ts';
import type { LowestPrice } from './lowest-price.ts';

export function lowestPriceDto(found: LowestPrice, currencyCode: string, calendar: ReferenceCalendar): LowestPriceOf30Days {
  const day = (at: number | null): string | null => (at === null ? null : calendar.dayOf(at));
  return {
    price: moneyOrNull(found.lowest, currencyCode), shownOn: day(found.lowestAt), from: calendar.dayOf(found.from), until: calendar.dayOf(found.until),
    complete: found.complete, newOnMarket: found.newOnMarket, daysKnown: found.daysKnown, knownSince: day(found.knownSince),
  };
}
