import type { PriceChange } from '@calibr/types';
import { fromDomain, problemResponse } from '../problem.ts';
import type { Operation } from './handle-api.ts';

const POLL_MS = 500;
/** While all writes of the shop are stopped nothing moves but the switch itself. */
const POLL_STOPPED_MS = 3_000;
const KEEP_ALIVE_MS = 15_000;
/** Ended then; the reader connects again. Long streams would pin a process that wants to be replaced. */
const STREAM_MAX_MS = 10 * 60_000;
const FINAL: ReadonlySet<string> = new Set(['applied', 'partially_applied', 'failed', 'rejected', 'cancelled', 'ended']);

/**
 * Live progress of a price change as server-sent events: one `change` event whenever it moved, its data the whole price
 * change. Ends when the change has ended and nothing is being done with it.
 */
export const watchChange: Operation = async ({ container, ctx, params, request }) => {
  const id = params.id!;
  const first = await container.flows.getChange(ctx, { id });
  if (!first.ok) return problemResponse(fromDomain(first.error), request, ctx.requestId);
  const encoder = new TextEncoder();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const stop = (): void => {
    closed = true;
    clearTimeout(timer);
  };
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const startedAt = Date.now();
      let last = '';
      let quietSince = startedAt;
      const end = (): void => {
        if (closed) return;
        stop();
        controller.close();
      };
      const tell = (change: PriceChange): void => {
        const data = JSON.stringify(change);
        if (data !== last) {
          controller.enqueue(encoder.encode(`event: change\ndata: ${data}\n\n`));
          last = data;
          quietSince = Date.now();
        } else if (Date.now() - quietSince > KEEP_ALIVE_MS) {
          controller.enqueue(encoder.encode(': still here\n\n'));
          quietSince = Date.now();
        }
        if ((FINAL.has(change.state) && change.activity === null) || Date.now() - startedAt > STREAM_MAX_MS) end();
      };
      const poll = async (): Promise<void> => {
        let pauseMs = POLL_MS;
        try {
          const now = await container.flows.getChange(ctx, { id });
          if (closed) return;
          if (!now.ok) return end();
          tell(now.value);
          if (now.value.writesStopped) pauseMs = POLL_STOPPED_MS;
        } catch {
          return end();
        }
        if (!closed) timer = setTimeout(() => void poll(), pauseMs);
      };
      request.signal.addEventListener('abort', stop, { once: true });
      tell(first.value);
      if (!closed) timer = setTimeout(() => void poll(), POLL_MS);
    },
    cancel: stop,
  });
  return new Response(body, { headers: { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' } });
};
