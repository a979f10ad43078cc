import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { container } from '../../container.server.ts';
import { problemResponse } from '../problem.ts';
import { requestIdOf } from '../request-context.ts';
import { handleApi } from './handle-api.ts';

/** Loader and action of everything under /api/v1. */
export async function apiRoute({ request, params }: LoaderFunctionArgs | ActionFunctionArgs): Promise<Response> {
  const made = await container().catch(() => null);
  if (!made) return problemResponse({ status: 503, code: 'starting', detail: 'Calibrate is not ready yet; try again shortly.', headers: { 'Retry-After': '5' } }, request, requestIdOf(request));
  return handleApi(made, request, `/${params['*'] ?? ''}`);
}
