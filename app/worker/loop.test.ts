import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createBell, loopUntil } from './loop.ts';

describe('a loop with a bell', () => {
  it('goes on as soon as it rings, and hears a ring that came during a step', async () => {
    const stopping = new AbortController();
    const bell = createBell();
    let steps = 0;
    const loop = loopUntil(stopping.signal, async () => {
      steps += 1;
      if (steps === 1) bell.ring();
      return 60_000;
    }, () => undefined, bell);
    await sleep(10);
    expect(steps).toBe(2);
    bell.ring();
    await sleep(10);
    expect(steps).toBe(3);
    stopping.abort();
    await loop;
  });

  it('lets nothing hurry it after a failure', async () => {
    const stopping = new AbortController();
    const bell = createBell();
    let steps = 0;
    const loop = loopUntil(stopping.signal, async () => {
      steps += 1;
      throw new Error('away');
    }, () => undefined, bell);
    for (let i = 0; i < 5; i += 1) {
      bell.ring();
      await sleep(2);
    }
    expect(steps).toBe(1);
    stopping.abort();
    await loop;
  });
});
