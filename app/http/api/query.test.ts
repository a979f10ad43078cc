import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../../schemas/routes.ts';
import { isConnectionLoss } from './handle-api.ts';
import { priceLimit } from './operations.ts';
import { pastPricesCsv } from './price-csv.ts';
import { queryFault, readQuery } from './query.ts';
import { checkBody, unstorableTexts } from './request-body.ts';

const prices = ROUTES.find(({ path }) => path === '/catalog/prices.csv')!;
const asked = (at: string) => readQuery(prices, new URLSearchParams({ at }));

describe('times in a query', () => {
  it.each(['2026-11-22T13:30:00Z', '2026-11-22T13:30:00+02:00', '2026-11-22T13:30:00.123456Z', '2028-02-29T00:00:00-05:00'])('%s is an instant', (at) => {
    expect(asked(at)).toEqual({ values: { at }, errors: [] });
  });

  it.each(['2026-02-30T00:00:00Z', '2027-02-29T00:00:00Z', '2026-11-22T13:30:00', '2026-11-22T13:30', '2026-11-22', '2026-11-22T13:30:00 02:00', '2026-11-22T25:00:00Z', '2026-11-22T13:30:60Z', 'now', ''])('%s is none, and the answer names the parameter', (at) => {
    const { errors } = asked(at);
    expect(errors).toMatchObject([{ pointer: '/query/at', code: 'wrong_value' }]);
    expect(queryFault(errors)).toMatch(/^The parameter "at" must be a time with its offset/);
  });

  it('a NUL character is refused before anything looks for it', () => {
    expect(asked('2026\0').errors).toMatchObject([{ pointer: '/query/at', code: 'wrong_value' }]);
    expect(queryFault(readQuery(prices, new URLSearchParams({ when: 'x' })).errors)).toBe('There is no parameter "when".');
  });
});

describe('limits of a price', () => {
  it('count also between two minor units and beyond every price, instead of being left out', () => {
    expect([priceLimit('1.999', 'least', 'USD'), priceLimit('1.999', 'most', 'USD'), priceLimit('12.5', 'least', 'USD')]).toEqual([200n, 199n, 1_250n]);
    expect([priceLimit('9'.repeat(40), 'most', 'USD'), priceLimit('1.5', 'least', 'JPY')]).toEqual([9_223_372_036_854_775_807n, 2n]);
  });
});

describe('the prices of a time', () => {
  it('are refused for one that is still to come', async () => {
    const ctx = { now: () => new Date('2026-11-22T12:00:00Z'), requestId: 'r' };
    const answer = await pastPricesCsv({ ctx, query: { at: '2026-11-23T12:00:00Z' }, request: new Request('http://localhost/api/v1/catalog/prices.csv') } as never) as Response;
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ code: 'at_in_future', errors: [{ pointer: '/query/at' }] });
  });
});

describe('a body that does not fit', () => {
  it('is told what would, by JSON pointer', () => {
    const of = (schema: Parameters<typeof checkBody>[0], body: unknown) => checkBody(schema, body)?.errors?.map(({ pointer, message }) => `${pointer} ${message}`);
    expect(of('rule-dry-run-request', { rule: {}, at: '2026-11-22' })).toEqual(['/at must be a time with its offset, such as "2026-12-01T00:00:00Z"']);
    expect(of('price-change-resolve-request', { choice: 'mine' })).toEqual(['/choice must be one of "keep_live", "write_ours", "new_baseline"']);
    expect(of('price-change-create-request', { name: 'x' })).toEqual([' must have exactly one of "ruleId", "rule"']);
  });
});

describe('texts that cannot be stored', () => {
  it('are named by JSON pointer, keys too', () => {
    expect(unstorableTexts({ name: 'ok 💥', rule: { 'a/b': ['x', 'y\0'], ['k\0']: 1 }, half: '\ud83d' }).map(({ pointer }) => pointer)).toEqual(['/rule/a~1b/1', '/rule/k\0', '/half']);
    expect(unstorableTexts({ text: 'Größe 日本語 💥', list: [1, null, true] })).toEqual([]);
  });
});

describe('a database that cannot be reached', () => {
  it.each([
    { code: 'ECONNREFUSED' }, { code: '57P01' }, { code: '53300' }, { code: '25P03', message: 'terminating connection due to idle-in-transaction timeout' },
    { message: 'timeout exceeded when trying to connect' }, { message: 'Connection terminated unexpectedly' }, { message: 'Client has encountered a connection error and is not queryable' },
  ])('is no fault of ours, and a client may try again: $code $message', (failure) => {
    expect(isConnectionLoss(Object.assign(new Error(failure.message ?? ''), failure))).toBe(true);
  });

  it.each([{ code: '23505' }, { message: 'x is not a function' }])('is told from what is one: $code $message', (failure) => {
    expect(isConnectionLoss(Object.assign(new Error(failure.message ?? ''), failure))).toBe(false);
  });
});
