/** The calls that read a rule and change nothing: lint, and selectors as text. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { item, rule } from '../oracle/arbitrary-rules.ts';
import type { Api, Json } from './client.ts';
import { demoShop } from './shops.ts';

let api: Api;
beforeAll(() => {
  api = demoShop(0).api;
});
const parse = async (text: string): Promise<Json> => (await api.post('/selectors/parse', { text })).selector;
const print = async (selector: unknown): Promise<string> => (await api.post('/selectors/print', { selector })).text;
const errorOf = async (path: string, body: unknown): Promise<Json> => {
  const answer = await api.call('POST', path, body);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([422, 'application/problem+json; charset=utf-8']);
  return answer.body;
};

describe('POST /selectors/parse and /print', () => {
  it('say the same, both ways', async () => {
    const selector = { all: [{ field: 'product.tags', op: 'contains', value: 'summer' }, { field: 'variant.price', op: 'gt', value: '10' }, { field: 'product.vendor', op: 'neq', value: 'Acme' }] };
    expect(await parse('tag:summer price:>10 -vendor:Acme')).toEqual(selector);
    expect(await print(selector)).toBe('tag:summer price:>10 -vendor:Acme');
    expect(await parse('')).toEqual({ all: [] });
  });

  it('choose the same rows, whatever the selector', async () => {
    await fc.assert(
      fc.asyncProperty(rule(2), fc.array(item(2), { minLength: 5, maxLength: 10 }), async ({ selector }, items) => {
        const outcomes = async (one: unknown): Promise<string[]> => (await api.post('/rules/evaluate', { rule: { selector: one, transform: {} }, currencyCode: 'USD', items })).results.map((result: Json) => result.outcome);
        expect(await outcomes(await parse(await print(selector)))).toEqual(await outcomes(selector));
      }),
      { numRuns: 40 },
    );
  });

  it('answer 422 with the place of what is wrong', async () => {
    expect(await errorOf('/selectors/parse', { text: 'tag:summer vendr:Acme' })).toMatchObject({ code: 'invalid_selector_text', errors: [{ pointer: '/text', code: 'unknown_field', column: 12 }] });
    expect((await errorOf('/selectors/parse', {})).errors).toMatchObject([{ pointer: '/text' }]);
    expect((await errorOf('/selectors/parse', { text: 7 })).errors).toMatchObject([{ pointer: '/text' }]);
    expect((await errorOf('/selectors/print', { selector: { all: [{ field: 'variant.colour', op: 'eq', value: 'x' }] } })).errors).toMatchObject([{ pointer: '/selector/all/0/field', code: 'unknown_field' }]);
    expect((await errorOf('/selectors/print', { selector: 'tag:a' })).errors).toMatchObject([{ pointer: '/selector' }]);
  });
});

describe('POST /rules/lint', () => {
  const transform = { steps: [{ type: 'percent', value: '-15' }], bounds: { floor: '5.2', ceiling: '5.8' } };

  it('finds what is hardly meant, in the decimals of the currency that is given, or of the shop', async () => {
    const selector = { all: [{ field: 'product.tags', op: 'contains', value: 'a' }, { field: 'product.tags', op: 'notContains', value: 'A' }] };
    const codes = async (body: object): Promise<string[]> => (await api.post('/rules/lint', body)).findings.map((finding: Json) => `${finding.severity} ${finding.code} ${finding.pointer}`);
    expect(await codes({ rule: { selector, transform }, currencyCode: 'JPY' })).toEqual(['contradiction selects_nothing /selector/all/1', 'contradiction limits_exclude_each_other /transform/bounds/floor']);
    expect(await codes({ rule: { selector, transform } })).toEqual(['contradiction selects_nothing /selector/all/1']);
    expect(await codes({ rule: { selector: { all: [] }, transform, schedule: { startAt: '2020-01-01T00:00:00', endAt: '2020-01-02T00:00:00', timeZone: 'UTC' } } })).toEqual(['warning schedule_past /schedule/endAt']);
  });

  it('answers 422 where the rule is none', async () => {
    expect(await errorOf('/rules/lint', { rule: { selector: { all: [] }, transform: { steps: [{ type: 'percent', value: -15 }] } } })).toMatchObject({ code: 'invalid_rule', errors: [{ pointer: '/rule/transform/steps/0/value' }] });
    expect((await errorOf('/rules/lint', { rule: { selector: { all: [] }, transform }, currencyCode: 'XXX' })).errors).toMatchObject([{ pointer: '/currencyCode' }]);
    expect((await errorOf('/rules/lint', {})).errors).toMatchObject([{ pointer: '/rule' }]);
  });
});
