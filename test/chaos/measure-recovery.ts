/**
 * `node test/chaos/measure-recovery.ts [--times 3]`: how long a change needs after the worker that wrote it was killed, with the settings of
 * production. Prints, for each time, when its first row and its last row ended, counted from the kill.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openStage } from './stage.ts';

const PRODUCTS = 40;
const ENDED = ['applied', 'partially_applied', 'failed'];

const { values } = parseArgs({ options: { times: { type: 'string', default: '1' } } });
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const stage = await openStage({ workers: 1, say, workersOnly: true });
try {
  for (let n = 0; n < Number(values.times); n += 1) {
    const shop = await stage.makeShop(`recovery-${n}`, PRODUCTS);
    // Long enough in flight that the kill finds rows between intent and answer.
    await shop.sim('POST', 'faults', { kind: 'slow_body', operation: 'VariantPricesUpdate', probability: 1, delayMs: 400, seed: n });
    const rule = { name: 'recovery', selector: { all: [] }, transform: { steps: [{ type: 'percent', value: '-5' }], compareAt: { mode: 'keep' } } };
    const { id } = await shop.api.post('/price-changes', { name: 'recovery', rule });
    await shop.api.post(`/price-changes/${id}/preview`);
    const { planHash } = await shop.api.until('planned', `/price-changes/${id}`, (seen) => seen.activity === null, 60_000);
    await shop.api.post(`/price-changes/${id}/approve`, { planHash });
    await shop.api.post(`/price-changes/${id}/apply`);
    while ((await shop.sim('GET', 'writes')).data.length < 8) await sleep(20);
    await stage.workers.kill(0);
    const killed = Date.now();
    const done = await shop.api.until('ended', `/price-changes/${id}`, (seen) => ENDED.includes(seen.state), 300_000);
    const ends = (await shop.api.all(`/price-changes/${id}/items`)).map((item) => Date.parse(item.finishedAt) - killed).filter((ms) => ms > 0).sort((a, b) => a - b);
    const late = ends.filter((ms) => ms > 20_000).length;
    process.stdout.write(`${done.state}: ${ends.length} rows ended after the kill, the first ${ends[0]} ms, the last ${ends.at(-1)} ms; ${late} of them had been in flight or in hand\n`);
  }
} finally {
  await stage.end();
}
