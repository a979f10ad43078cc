import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';

/** What a caller may choose as its own id: enough for UUIDs, trace ids and the like, nothing that could break a log line. */
const SANE_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{7,127}$/;

/** The caller's X-Request-Id if it is sane, else a new UUID. */
export function requestIdFrom(header: string | string[] | undefined): string {
  return typeof header === 'string' && SANE_ID.test(header) ? header : randomUUID();
}

/** Gives every request an id, in the request (routes and loggers read it there) and in the answer. */
export const requestId: RequestHandler = (req, res, next) => {
  const id = requestIdFrom(req.headers['x-request-id']);
  req.headers['x-request-id'] = id;
  res.setHeader('X-Request-Id', id);
  next();
};
