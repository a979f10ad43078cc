import { describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

const create = () => createMetrics({ service: 'app', processMetrics: false });

describe('metrics', () => {
  it('counts requests by route pattern and status, with their duration', async () => {
    const metrics = create();
    metrics.httpRequest({ method: 'GET', route: '/api/v1/rules/:id', status: 200 }, 250);
    metrics.httpRequest({ method: 'GET', route: '/api/v1/rules/:id', status: 200 }, 1_250);
    const text = await metrics.render();
    expect(text).toContain('http_requests_total{method="GET",route="/api/v1/rules/:id",status="200",service="app"} 2');
    expect(text).toContain('http_request_duration_seconds_sum{service="app",method="GET",route="/api/v1/rules/:id",status="200"} 1.5');
  });

  it('shows every group that dashboards read', async () => {
    const metrics = create();
    metrics.job({ name: 'apply-change', result: 'done' }, 1500);
    metrics.outbox({ pending: 4, dead: 1, lagMs: 2500 });
    metrics.bus([{ topic: 'price.applied', pending: 3, retrying: 2, dead: 1, ageMs: 9_000 }, { topic: 'rule.updated', pending: 1, retrying: 0, dead: 0, ageMs: 100 }]);
    metrics.published(40, 3);
    metrics.logMonthsAhead(3);
    metrics.writesStopped(2);
    metrics.shopifyRequest({ operation: 'productVariantsBulkUpdate', result: 'throttled' }, 0, 80);
    metrics.shopifyRequest({ operation: 'productVariantsBulkUpdate', result: 'ok' }, 10, 80);
    metrics.applyRow('conflict');
    metrics.queue({ waiting: 7, active: 2, failed: 0 });
    metrics.watchPool('app', () => ({ total: 10, idle: 4, waiting: 3 }));
    const text = await metrics.render();
    for (const line of [
      'jobs_total{name="apply-change",result="done",service="app"} 1',
      'outbox_depth{service="app"} 4', 'outbox_dead{service="app"} 1', 'outbox_lag_seconds{service="app"} 2.5', 'shops_writes_stopped{service="app"} 2',
      'outbox_messages{topic="price.applied",state="dead",service="app"} 1', 'outbox_retrying{service="app"} 2', 'outbox_age_seconds{service="app"} 9', 'outbox_published_total{service="app"} 40',
      'log_months_ahead{service="app"} 3',
      'shopify_requests_total{operation="productVariantsBulkUpdate",result="throttled",service="app"} 1',
      'shopify_throttled_total{operation="productVariantsBulkUpdate",service="app"} 1',
      'shopify_points_total{operation="productVariantsBulkUpdate",service="app"} 10',
      'apply_rows_total{ending="conflict",service="app"} 1', 'queue_jobs{state="waiting",service="app"} 7',
      'db_pool_connections{pool="app",state="busy",service="app"} 6', 'db_pool_connections{pool="app",state="waiting",service="app"} 3',
    ]) expect(text).toContain(line);
  });

  it('does not grow without end when labels do', async () => {
    const metrics = create();
    for (let n = 0; n < 2_000; n += 1) metrics.httpRequest({ method: `M${n}`, route: `/path/${n}`, status: 404 }, 1);
    const series = (await metrics.render()).split('\n').filter((line) => line.startsWith('http_requests_total{'));
    expect(series.length).toBeLessThanOrEqual(251);
    expect(series.some((line) => line.includes('route="other"') && line.endsWith(' 1750'))).toBe(true);
  });

  it('names no label after a tenant, a shop or an id', async () => {
    const text = await createMetrics({ service: 'worker', processMetrics: true }).render();
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).not.toMatch(/tenant|shop=|shop_domain|variant_id/);
  });

  it('keeps two processes in one test apart', async () => {
    const [one, two] = [create(), create()];
    one.applyRow('applied');
    expect(await two.render()).not.toContain('ending="applied"');
  });
});
