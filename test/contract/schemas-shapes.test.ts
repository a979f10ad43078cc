import { describe, expect, it } from 'vitest';
import { allSchemas, schemaId, type SchemaName } from '../../schemas/registry.ts';
import { strictAjv } from '../../schemas/tools/registry-checks.ts';
import type { JsonObject } from '../../schemas/tools/schema-names.ts';
import type { EventEnvelope, EventOf, PriceChange, PriceChangeItem, Variant } from '@calibr/types';

const ajv = strictAjv().addSchema(allSchemas() as JsonObject[]);
const id = '0190b5a0-0000-7000-8000-000000000001';
const at = '2026-11-22T10:00:00Z';
const usd = (amount: string) => ({ amount, currencyCode: 'USD' });

/** Pointers of what is wrong; empty where the value is valid. */
function wrong(name: SchemaName, value: unknown): string[] {
  const validate = ajv.getSchema(schemaId(name))!;
  return validate(value) ? [] : validate.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const variant: Variant = {
  id, productId: id, sku: '', barcode: '', title: 'M / Blue', price: usd('12.50'), compareAtPrice: null, cost: null, mapPrice: null,
  baselinePrice: usd('12.50'), baselineCompareAtPrice: null, layerId: null, marginPercent: null, inventoryQuantity: -3, options: { Size: 'M' },
  channelRefs: { shopify: { variantId: 'gid://shopify/ProductVariant/1' } }, updatedAt: null,
  product: { title: 'Shirt', handle: 'shirt', vendor: 'Acme', productType: '', tags: [], status: 'ACTIVE' },
};
const change: PriceChange = {
  id, name: 'Summer', kind: 'change', state: 'draft', activity: 'previewing', planHash: null, planVersion: 0, summary: null,
  rule: { name: 'Summer', selector: { all: [] }, transform: { steps: [{ type: 'percent', value: '-15' }] } },
  ruleId: null, ruleVersion: null, policyVersion: null, schedule: null, priority: 0, currencyCode: 'USD', rollbackOf: null, previewedAt: null,
  approvedHash: null, approvedBy: null, approvedAt: null, approvalComment: null, canaryPercent: null, pauseReason: null, failure: null,
  startedAt: null, finishedAt: null, correlationId: 'c', createdBy: 'token:1', createdAt: at, updatedAt: at,
};
const item: PriceChangeItem = {
  id, changeId: id, position: 0, variantId: id, productId: id, sku: 'A-1', title: 'Shirt', outcome: 'planned', state: 'conflict', reason: null,
  before: { price: usd('24.00'), compareAtPrice: null }, after: { price: usd('19.99'), compareAtPrice: usd('24.00') }, live: null, liveReadAt: null,
  cost: null, warnings: [], verdict: null, resolution: null, resolvedBy: null, attempts: 0, requestId: null, finishedAt: null,
};

describe('resources', () => {
  it('are valid with every value that may be missing missing', () => {
    expect(wrong('variant', variant)).toEqual([]);
    expect(wrong('price-change', change)).toEqual([]);
    expect(wrong('price-change-item', item)).toEqual([]);
  });

  it('take money only as a decimal string with its currency', () => {
    for (const price of [12.5, '12.50', usd('12,50'), usd('1e3'), usd(''), usd('.5'), usd('01.00'), { amount: '1.00' }, { amount: '1.00', currencyCode: 'usd' }, null]) {
      expect(wrong('variant', { ...variant, price }), JSON.stringify(price)).not.toEqual([]);
    }
    for (const amount of ['0', '0.00', '1880', '1.250', '-3.10']) expect(wrong('money', usd(amount)), amount).toEqual([]);
  });

  it('have no field that is not written down, and no state of another thing', () => {
    expect(wrong('variant', { ...variant, tenantId: id })).not.toEqual([]);
    expect(wrong('price-change', { ...change, state: 'settled' })).not.toEqual([]);
    expect(wrong('price-change-item', { ...item, state: 'draft' })).not.toEqual([]);
  });

  it('have every field that API.md promises', () => {
    const required = (name: SchemaName): unknown => (ajv.getSchema(schemaId(name))!.schema as { required: string[] }).required;
    expect(required('variant')).toEqual(expect.arrayContaining(['id', 'productId', 'sku', 'title', 'price', 'compareAtPrice', 'cost', 'inventoryQuantity', 'options', 'channelRefs', 'product']));
    expect(required('price-change')).toEqual(expect.arrayContaining(['id', 'name', 'kind', 'state', 'planHash', 'summary', 'rule', 'schedule', 'createdBy', 'createdAt']));
    expect(required('price-change-item')).toEqual(expect.arrayContaining(['id', 'variantId', 'sku', 'outcome', 'state', 'reason', 'before', 'after', 'live', 'warnings']));
    expect(required('change-summary')).toEqual(expect.arrayContaining(['selected', 'planned', 'unchanged', 'blocked', 'byReason', 'increases', 'decreases', 'averageChangePercent']));
    expect(required('problem-details')).toEqual(expect.arrayContaining(['type', 'title', 'status', 'detail', 'instance', 'requestId', 'errors']));
    expect(required('event-envelope')).toEqual(expect.arrayContaining(['id', 'tenantId', 'type', 'schemaVersion', 'correlationId', 'causationId', 'actor', 'payload', 'createdAt']));
  });
});

describe('events', () => {
  const approved: EventOf<'price_change.approved'> = {
    id, seq: 1, tenantId: id, type: 'price_change.approved', schemaVersion: '1.0.0', aggregateType: 'price_change', aggregateId: id,
    correlationId: 'c', causationId: null, actor: 'user:42', createdAt: at,
    payload: { changeId: id, planHash: 'a'.repeat(64), approvedBy: 'user:42', comment: null },
  };

  it('are valid only with the payload of their type', () => {
    expect(wrong('event-envelope', approved)).toEqual([]);
    expect(wrong('event-envelope', { ...approved, type: 'price_change.started' })).not.toEqual([]);
    const other: EventEnvelope = { ...approved, type: 'price_change.resumed' };
    expect(wrong('event-envelope', other).join()).toContain('/payload');
    expect(wrong('event-envelope', { ...approved, type: 'price_change.approving' })).not.toEqual([]);
  });

  it('carry between 1 and 250 rows', () => {
    const row = { itemId: id, variantId: id, state: 'applied', before: item.before, after: item.after, live: item.after, reason: null, verdict: null, requestId: 'r' };
    expect(wrong('price-applied', { changeId: id, rows: [row] })).toEqual([]);
    expect(wrong('price-applied', { changeId: id, rows: [] })).not.toEqual([]);
    expect(wrong('price-applied', { changeId: id, rows: Array.from({ length: 251 }, () => row) })).not.toEqual([]);
  });
});

describe('requests', () => {
  it('draft a price change by a saved rule or by a rule of its own, not both and not neither', () => {
    expect(wrong('price-change-create-request', { name: 'a', ruleId: id })).toEqual([]);
    expect(wrong('price-change-create-request', { name: 'a', rule: change.rule, schedule: null })).toEqual([]);
    expect(wrong('price-change-create-request', { name: 'a' })).not.toEqual([]);
    expect(wrong('price-change-create-request', { name: 'a', ruleId: id, rule: change.rule })).not.toEqual([]);
    expect(wrong('price-change-create-request', { name: '', ruleId: id })).not.toEqual([]);
  });

  it('evaluate rows with any missing key and any key of their own, at most 1,000', () => {
    const body = (items: unknown[]) => ({ rule: change.rule, currencyCode: 'USD', items });
    expect(wrong('rule-evaluate-request', body([{}, { variant: { price: '24.00' } }, { product: { tags: ['a'], shelf: 3 }, variant: { id: 'v', cost: null, inventoryQuantity: '7' } }]))).toEqual([]);
    expect(wrong('rule-evaluate-request', body(Array.from({ length: 1001 }, () => ({}))))).not.toEqual([]);
    expect(wrong('rule-evaluate-request', body([{ variant: { price: 24 } }]))).not.toEqual([]);
  });

  it('save a rule alone or with what goes around it', () => {
    expect(wrong('rule-body', change.rule)).toEqual([]);
    expect(wrong('rule-body', { name: 'Other', rule: change.rule, enabled: false, version: 3 })).toEqual([]);
    expect(wrong('rule-body', { name: 'Other' })).not.toEqual([]);
  });

  it('take wall-clock times without offset in schedules', () => {
    const schedule = { startAt: '2026-12-01T00:00:00', endAt: '2026-12-08T00:00', timeZone: 'Europe/Berlin' };
    expect(wrong('schedule', schedule)).toEqual([]);
    expect(wrong('schedule', { startAt: schedule.startAt, timeZone: schedule.timeZone })).toEqual([]);
    expect(wrong('schedule', { ...schedule, startAt: '2026-12-01T00:00:00Z' })).not.toEqual([]);
  });

  it('know only the choices and scopes that there are', () => {
    for (const choice of ['keep_live', 'write_ours', 'new_baseline']) expect(wrong('price-change-resolve-request', { choice })).toEqual([]);
    expect(wrong('price-change-resolve-request', { choice: 'ours' })).not.toEqual([]);
    expect(wrong('api-token-create-request', { name: 'ci', scopes: ['catalog:read', 'admin'] })).toEqual([]);
    expect(wrong('api-token-create-request', { name: 'ci', scopes: ['root'] })).not.toEqual([]);
    expect(wrong('api-token-create-request', { name: 'ci', scopes: [] })).not.toEqual([]);
  });

  it('take a canary as a number or a decimal string above 0, up to 100', () => {
    for (const canaryPercent of [5, 0.5, 100, '5', '12.5', null]) expect(wrong('price-change-apply-request', { canaryPercent }), String(canaryPercent)).toEqual([]);
    for (const canaryPercent of [0, -1, 101, 'five', true]) expect(wrong('price-change-apply-request', { canaryPercent }), String(canaryPercent)).not.toEqual([]);
  });
});
