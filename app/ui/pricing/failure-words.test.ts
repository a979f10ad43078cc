import { expect, it } from 'vitest';
import { failureWords } from './failure-words.ts';

it('a failed sync is told in whole sentences, with what to do', () => {
  expect(failureWords(null)).toBe('It stopped before it was done.');
  expect(failureWords('The file was cut off')).toBe('The file was cut off.');
  expect(failureWords('Shopify answered 401: the access token is not valid any more')).toBe(
    'Shopify answered 401: the access token is not valid any more. Reload this page, which renews Calibrate’s access; if that does not help, install the app again.',
  );
  expect(failureWords('Shopify answered 503.')).toBe('Shopify answered 503. Shopify may have trouble: try again in a few minutes.');
});
