import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlanRow } from './change.ts';
import { canonicalJson, sealHeader, sealRow } from './plan-seal.ts';
import type { PlanHeader } from './plan-seal.ts';

const header: PlanHeader = {
  changeId: 'c1', kind: 'change', currencyCode: 'USD', ruleId: 'r1', ruleVersion: 3, ruleJson: { selector: { all: [] }, transform: { steps: [{ type: 'percent', value: '-10' }] } },
  policyVersion: null, rollbackOf: null,
};
const row: PlanRow = {
  id: 'i1', position: 0, variantId: 'v1', productId: 'p1', variantRef: 11n, productRef: 22n, sku: 'S', title: 'T', outcome: 'planned', reason: null, warnings: [],
  beforePrice: 1_000n, beforeCompareAt: null, afterPrice: 900n, afterCompareAt: 1_000n, baselinePrice: null, baselineCompareAt: null, layerId: null, source: 'rule',
  policyVersion: null, cost: 400n, trace: null, sourceItemId: null,
};
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('the seal of a plan', () => {
  it('is what it was when this was written: a change here voids every approval that waits', () => {
    expect(hash(sealHeader(header) + sealRow(row))).toBe('2fd5942dc0e233b3a4d61d53236dc508c949860513b6e70816396cd4c3c674a3');
  });

  it('depends on every part of the header', () => {
    const others: Record<keyof PlanHeader, unknown> = {
      changeId: 'c2', kind: 'rollback', currencyCode: 'EUR', ruleId: null, ruleVersion: 4, ruleJson: { ...(header.ruleJson as object), priority: 1 }, policyVersion: 1, rollbackOf: 'c0', priceListId: 'l1',
    };
    for (const [key, value] of Object.entries(others)) expect(sealHeader({ ...header, [key]: value }), key).not.toBe(sealHeader(header));
  });

  it('depends on everything of a row that decides what is written, and why', () => {
    const others: Partial<Record<keyof PlanRow, unknown>> = {
      position: 1, variantId: 'v2', variantRef: 12n, productRef: 23n, outcome: 'unchanged', reason: 'cost_missing', beforePrice: 1_001n, beforeCompareAt: 0n, afterPrice: 901n, afterCompareAt: null,
      baselinePrice: 1_000n, baselineCompareAt: 1n, layerId: 'l1', source: 'rollback', policyVersion: 2, cost: null, sourceItemId: 's1', beforeOrigin: 'relative',
    };
    for (const [key, value] of Object.entries(others)) expect(sealRow({ ...row, [key]: value }), key).not.toBe(sealRow(row));
  });

  it('tells a blank from zero, and an amount in one column from the same in the next', () => {
    expect(sealRow({ ...row, cost: 0n })).not.toBe(sealRow({ ...row, cost: null }));
    expect(sealRow({ ...row, beforeCompareAt: 5n, afterPrice: null, outcome: 'blocked' })).not.toBe(sealRow({ ...row, beforeCompareAt: null, afterPrice: 5n, outcome: 'blocked' }));
  });

  it('says the same of a row as it is stored and read back', () => {
    expect(sealRow({ ...row, id: 'i2', title: 'Other', sku: 'X', warnings: ['below_cost'], trace: '[[1]]' })).toBe(sealRow(row));
  });

  it('gives the same text for the same value, in whatever order its keys came', () => {
    expect(canonicalJson({ b: [1, { d: 2, c: undefined }], a: 'x' })).toBe('{"a":"x","b":[1,{"d":2}]}');
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const turned = Object.fromEntries(Object.entries(value).reverse());
      expect(canonicalJson(turned)).toBe(canonicalJson(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }));
  });

  it('survives the way through jsonb, which orders keys and drops repeated ones', () => {
    const stored = JSON.parse('{"transform":{"steps":[{"value":"-10","type":"percent"}]},"selector":{"all":[]}}') as unknown;
    expect(sealHeader({ ...header, ruleJson: stored })).toBe(sealHeader(header));
  });
});
