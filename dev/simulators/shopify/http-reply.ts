/** Answers to HTTP requests, the broken ones included: they are values, so that what decides them needs no socket. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { SimClock } from './clock.ts';

export type Reply =
  | { kind: 'send'; status: number; body: string | Buffer; headers?: Record<string, string> }
  /** A large body piece by piece, as fast as the reader takes it; with `breakAt` the connection is gone after so many bytes. */
  | { kind: 'stream'; status: number; chunks: Iterable<Buffer>; breakAt?: number; headers?: Record<string, string> }
  /** The connection is closed without an answer, after a while. */
  | { kind: 'cut'; delayMs: number }
  /** Headers and the first half of the body come, then the connection closes properly: unreadable JSON. */
  | { kind: 'truncated'; status: number; body: string; headers?: Record<string, string> }
  /** The body dribbles in over a while. */
  | { kind: 'slow'; status: number; body: string; delayMs: number; headers?: Record<string, string> };

export function json(status: number, value: unknown, headers: Record<string, string> = {}): Reply {
  return { kind: 'send', status, body: JSON.stringify(value), headers };
}

const JSON_TYPE = 'application/json; charset=utf-8';
const SLOW_PIECES = 20;

/** Writes a reply. Waiting is in the simulator's time. */
export async function sendReply(reply: Reply, request: IncomingMessage, response: ServerResponse, clock: SimClock, requestId: string): Promise<void> {
  if (reply.kind === 'cut') {
    await clock.wait(reply.delayMs);
    request.socket.destroy();
    return;
  }
  const headers = { 'content-type': JSON_TYPE, 'x-request-id': requestId, ...reply.headers };
  if (reply.kind === 'send') {
    response.writeHead(reply.status, headers).end(reply.body);
  } else if (reply.kind === 'stream') {
    response.writeHead(reply.status, headers);
    const { breakAt } = reply;
    // A reader that goes away is no error of ours.
    await pipeline(Readable.from(breakAt === undefined ? reply.chunks : firstBytes(reply.chunks, breakAt)), response, { end: breakAt === undefined }).catch(() => undefined);
    if (breakAt !== undefined) await new Promise<void>((resolve) => response.write('', () => resolve())).then(() => request.socket.destroy());
  } else if (reply.kind === 'truncated') {
    response.writeHead(reply.status, headers).end(reply.body.slice(0, Math.max(1, Math.floor(reply.body.length / 2))));
  } else {
    response.writeHead(reply.status, headers);
    const piece = Math.ceil(reply.body.length / SLOW_PIECES);
    for (let at = 0; at < reply.body.length && !response.destroyed; at += piece) {
      response.write(reply.body.slice(at, at + piece));
      await clock.wait(reply.delayMs / SLOW_PIECES);
    }
    response.end();
  }
}

function* firstBytes(chunks: Iterable<Buffer>, count: number): Generator<Buffer> {
  let left = count;
  for (const chunk of chunks) {
    if (left <= 0) return;
    yield chunk.subarray(0, left);
    left -= chunk.length;
  }
}

/** The whole body, up to a limit; null when it is larger. The rest is read and forgotten, so that the sender gets an answer. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) chunks.length = 0;
    else chunks.push(chunk);
  }
  return size > limit ? null : Buffer.concat(chunks);
}
