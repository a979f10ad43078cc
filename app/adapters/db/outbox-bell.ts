import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Log } from '../../ports/context.ts';

const CHANNEL = 'calibrate_outbox';
const AGAIN_MS_MIN = 250;
const AGAIN_MS_MAX = 30_000;

export interface OutboxBell {
  /** Listens until `stop`; a connection that is lost is made again. Rings once when it begins to listen: something may have been missed. */
  start(onRing: () => void): void;
  stop(): Promise<void>;
}

/**
 * Hears the database say, after a commit, that the outbox has messages: on a connection of its own, since LISTEN belongs to a session.
 * Behind a pooler that shares sessions nothing is heard, and the worker finds the messages when it looks by itself.
 */
export function createOutboxBell({ url, applicationName, log }: { readonly url: string; readonly applicationName: string; readonly log: Pick<Log, 'warn' | 'debug'> }): OutboxBell {
  const stopping = new AbortController();
  let client: pg.Client | undefined;
  let listening: Promise<void> | undefined;

  async function listen(onRing: () => void): Promise<void> {
    const mine = new pg.Client({ connectionString: url, application_name: applicationName, keepAlive: true, connectionTimeoutMillis: 10_000 });
    client = mine;
    try {
      const lost = new Promise<never>((_, reject) => {
        mine.on('error', reject);
        mine.on('end', () => reject(new Error('The connection that listens to the outbox was closed')));
      });
      // Rejected before anybody waits for it, when the connection fails at once.
      lost.catch(() => undefined);
      mine.on('notification', onRing);
      await mine.connect();
      await mine.query(`LISTEN ${CHANNEL}`);
      onRing();
      await lost;
    } finally {
      await mine.end().catch(() => undefined);
    }
  }

  async function keepListening(onRing: () => void): Promise<void> {
    for (let again = AGAIN_MS_MIN; !stopping.signal.aborted; again = Math.min(again * 2, AGAIN_MS_MAX)) {
      const since = performance.now();
      await listen(onRing).catch((error: unknown) => {
        if (!stopping.signal.aborted) log.warn({ err: error }, 'Nobody listens to the outbox for the moment: it is looked at instead');
      });
      if (performance.now() - since > AGAIN_MS_MAX) again = AGAIN_MS_MIN;
      await sleep(again, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  return {
    start(onRing) {
      listening ??= keepListening(onRing);
    },
    async stop() {
      stopping.abort();
      await client?.end().catch(() => undefined);
      await listening;
    },
  };
}
