import { expect } from 'vitest';
import { until } from './client.ts';
import type { Api, Json } from './client.ts';

const ENDED = ['applied', 'partially_applied', 'failed', 'cancelled', 'rejected', 'paused'];

export const percentOff = (percent: number, selector: object = { all: [] }): object => ({
  name: `${percent} % off`, selector, transform: { steps: [{ type: 'percent', value: String(-percent) }], compareAt: { mode: 'sale' } },
});

/** A draft by this rule, previewed. */
export async function plan(api: Api, name: string, rule: object): Promise<Json> {
  const draft = await api.post('/price-changes', { name, rule });
  return preview(api, draft.id);
}

export async function preview(api: Api, id: string): Promise<Json> {
  await api.post(`/price-changes/${id}/preview`);
  const change = await until('the preview is there', () => api.get(`/price-changes/${id}`), (seen) => seen.activity === null);
  expect(change.failure).toBeNull();
  expect(change.state).toBe('previewed');
  return change;
}

/** Approves the plan as it stands. */
export function approve(api: Api, change: Json): Promise<Json> {
  return api.post(`/price-changes/${change.id}/approve`, { planHash: change.planHash });
}

/** Waits until no worker has anything left to do with it. */
export function ended(api: Api, id: string, limitMs = 60_000): Promise<Json> {
  return until(`price change ${id} has ended`, () => api.get(`/price-changes/${id}`), (seen) => ENDED.includes(seen.state), limitMs);
}

export async function apply(api: Api, change: Json, limitMs?: number): Promise<Json> {
  const answer = await api.call('POST', `/price-changes/${change.id}/apply`);
  expect(answer.status, answer.text).toBe(202);
  return ended(api, change.id, limitMs);
}

/** Draft, preview, approval and apply in one go. */
export async function run(api: Api, name: string, rule: object): Promise<Json> {
  const previewed = await plan(api, name, rule);
  await approve(api, previewed);
  return apply(api, previewed);
}

/** Rows of a change by SKU. */
export async function rowsOf(api: Api, id: string, filter = ''): Promise<Map<string, Json>> {
  const rows = await api.all(`/price-changes/${id}/items${filter}`);
  return new Map(rows.map((row) => [row.sku, row]));
}

/** Waits until the event log has been told to its projections, then replays it. */
export async function replay(api: Api): Promise<Json> {
  return until('the log agrees with what is stored', () => api.post('/events/replay', { projection: 'change_projection' }), (report) => report.differences.length === 0, 20_000, 500);
}

export const amount = (money: Json): string | null => (money === null ? null : money.amount);
export const pair = (prices: Json): { price: string; compareAtPrice: string | null } | null =>
  (prices === null ? null : { price: prices.price.amount, compareAtPrice: amount(prices.compareAtPrice) });
