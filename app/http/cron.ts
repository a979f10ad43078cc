import { createHash, timingSafeEqual } from 'node:crypto';
import type { Container } from '../container.server.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Jobs that an outside scheduler may ring for; it only enqueues. */
export const CRON_JOBS = ['tick'] as const;

export async function ringCronJob(container: Container, request: Request, job: string): Promise<Response> {
  const given = request.headers.get('authorization')?.replace(/^Bearer\s+/i, '') ?? '';
  if (!timingSafeEqual(digest(given), digest(container.config.http.cronSecret))) return new Response(null, { status: 401 });
  if (!(CRON_JOBS as readonly string[]).includes(job)) return new Response(null, { status: 404 });
  await container.queue.enqueue([{ name: job, key: job, payload: {} }]);
  return Response.json({ enqueued: job }, { status: 202 });
}
