import { useRevalidator } from '@remix-run/react';
import type { PriceChange } from '@calibr/types';
import { useEffect, useRef, useState } from 'react';
import { readEvents } from './event-stream.ts';

const RETRY_MS = 1_500;
/** Rows below the summary follow at most this often while prices are written. */
const ROWS_EVERY_MS = 2_500;

/** Whether something moves a change without anyone on this page doing anything. */
export function isMoving(change: PriceChange): boolean {
  if (change.activity !== null || change.state === 'applying' || change.state === 'ending') return true;
  // Rows that a worker still holds when a change was paused.
  return (change.progress?.writing ?? 0) > 0;
}

export type Connection = 'idle' | 'live' | 'reconnecting';

/**
 * The change as it is now: from the page's data, and while it moves from its event stream. A broken stream is opened again;
 * in between the change is asked for, so that a proxy that swallows streams only makes it slower.
 */
export function useLiveChange(loaded: PriceChange): { change: PriceChange; connection: Connection } {
  const [live, setLive] = useState({ loaded, change: loaded });
  const [connection, setConnection] = useState<Connection>('idle');
  const { revalidate } = useRevalidator();
  const change = live.loaded === loaded ? live.change : loaded;
  const moving = isMoving(change);
  const newest = useRef({ change, revalidate });
  newest.current = { change, revalidate };

  useEffect(() => setLive({ loaded, change: loaded }), [loaded]);

  useEffect(() => {
    if (!moving) {
      setConnection('idle');
      return;
    }
    const stop = new AbortController();
    let last = newest.current.change;
    let rowsReadAt = performance.now();

    const tell = (next: PriceChange) => {
      if (stop.signal.aborted) return;
      setLive((before) => ({ loaded: before.loaded, change: next }));
      const turned = last.state !== next.state || last.activity !== next.activity || last.planHash !== next.planHash;
      last = next;
      if (!turned && performance.now() - rowsReadAt < ROWS_EVERY_MS) return;
      rowsReadAt = performance.now();
      newest.current.revalidate();
    };

    void follow(loaded.id, stop.signal, tell, setConnection);
    return () => stop.abort();
  }, [moving, loaded.id]);

  return { change, connection };
}

async function follow(id: string, signal: AbortSignal, tell: (change: PriceChange) => void, setConnection: (connection: Connection) => void): Promise<void> {
  const address = `/api/v1/price-changes/${id}`;
  while (!signal.aborted) {
    try {
      const response = await fetch(`${address}/events`, { headers: { Accept: 'text/event-stream' }, signal });
      if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
      setConnection('live');
      for await (const { event, data } of readEvents(response.body)) {
        if (event === 'change') tell(JSON.parse(data) as PriceChange);
      }
    } catch {
      if (signal.aborted) return;
    }
    // The stream ended or broke. What is now is asked for once; if the change still moves, the next round opens it again.
    try {
      const response = await fetch(address, { signal });
      if (response.ok) tell((await response.json()) as PriceChange);
    } catch {
      if (signal.aborted) return;
      setConnection('reconnecting');
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
