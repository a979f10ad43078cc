import { expect, it } from 'vitest';
import { onlyExplains } from './item-filters.ts';

it('an explanation that opens or closes leaves the page’s data; another filter, page or change does not', () => {
  const at = (path: string) => new URL(path, 'https://app.example');
  expect(onlyExplains(at('/app/changes/1?state=applied'), at('/app/changes/1?state=applied&explain=7'))).toBe(true);
  expect(onlyExplains(at('/app/changes/1?explain=7'), at('/app/changes/1'))).toBe(true);
  expect(onlyExplains(at('/app/changes/1?explain=7'), at('/app/changes/1?explain=7'))).toBe(false);
  expect(onlyExplains(at('/app/changes/1'), at('/app/changes/1?explain=7&state=failed'))).toBe(false);
  expect(onlyExplains(at('/app/changes/1'), at('/app/changes/2?explain=7'))).toBe(false);
});
