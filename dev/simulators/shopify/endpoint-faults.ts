/** Faults of transport, for GraphQL and for the endpoints around it: tokens, staged uploads, results of bulk operations. */
import type { ActiveFault, FaultKind } from './faults.ts';
import { json } from './http-reply.ts';
import type { Reply } from './http-reply.ts';
import type { Shop } from './shop.ts';
import type { Simulator } from './simulator.ts';

/** Without effect: the request never reached what it was for. */
export const TRANSPORT_FAULTS: readonly FaultKind[] = ['connect_timeout', 'http_429', 'http_500', 'http_502', 'http_503'];
/** With effect: only the answer is broken. */
const ANSWER_FAULTS: readonly FaultKind[] = ['timeout_after_write', 'malformed_json', 'slow_body'];

export function transportFault(fault: ActiveFault, requestId: string): Reply {
  switch (fault.kind) {
    case 'connect_timeout':
      return { kind: 'cut', delayMs: fault.delayMs ?? 60_000 };
    case 'http_429':
      return json(429, { errors: 'Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service.' }, {
        'retry-after': ((fault.delayMs ?? 2_000) / 1000).toFixed(1),
      });
    case 'http_502':
      return { kind: 'send', status: 502, body: '<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>', headers: { 'content-type': 'text/html' } };
    case 'http_503':
      return json(503, { errors: 'Service Unavailable' });
    default:
      return json(500, { errors: `Internal error. Looks like something went wrong on our end.\nRequest ID: ${requestId} (include this in support requests).` });
  }
}

/** Answers a request to an endpoint that is not GraphQL, with the faults that name it in `operation`. */
export async function withFaults(sim: Simulator, shop: Shop, names: string[], requestId: string, answer: () => Reply | Promise<Reply>): Promise<Reply> {
  const target = { names, write: true, namedOnly: true };
  const struck = shop.faults.strike(TRANSPORT_FAULTS, target, sim.clock.now());
  if (struck) return transportFault(struck, requestId);
  const fault = shop.faults.strike(ANSWER_FAULTS, target, sim.clock.now());
  const reply = await answer();
  if (!fault) return reply;
  if (fault.kind === 'timeout_after_write') return { kind: 'cut', delayMs: fault.delayMs ?? 0 };
  if (reply.kind !== 'send' && reply.kind !== 'stream') return reply;
  const body = reply.kind === 'send' ? reply.body.toString() : Buffer.concat([...reply.chunks]).toString('utf8');
  const { status } = reply;
  const headers = Object.fromEntries(Object.entries(reply.headers ?? {}).filter(([name]) => name !== 'content-length'));
  return fault.kind === 'malformed_json' ? { kind: 'truncated', status, body, headers } : { kind: 'slow', status, body, delayMs: fault.delayMs ?? 5_000, headers };
}
