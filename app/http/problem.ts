import type { ProblemDetails } from '@calibr/types';
import type { FieldError, Problem } from '../domain/kernel/result.ts';

const STATUS: Record<Problem['kind'], number> = { malformed: 400, forbidden: 403, not_found: 404, conflict: 409, invalid: 422, unavailable: 503 };
const TITLE: Record<number, string> = {
  400: 'Malformed request', 401: 'Not signed in', 403: 'Not allowed', 404: 'Not found', 405: 'Method not allowed', 409: 'Conflict', 413: 'Too large',
  422: 'Invalid', 429: 'Too many requests', 500: 'Internal error', 503: 'Not available',
};

export interface HttpProblem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly FieldError[] | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export function statusOf(problem: Problem): number {
  return STATUS[problem.kind];
}

export function fromDomain(problem: Problem): HttpProblem {
  return { status: statusOf(problem), code: problem.code, detail: problem.detail, errors: problem.errors };
}

/** The body of RFC 9457; `type` ends in the stable code. */
export function problemBody(problem: HttpProblem, instance: string, requestId: string): ProblemDetails {
  return {
    type: `https://calibrate.example/problems/${problem.code}`,
    code: problem.code,
    title: TITLE[problem.status] ?? 'Error',
    status: problem.status,
    detail: problem.detail,
    instance,
    requestId,
    errors: [...(problem.errors ?? [])],
  };
}

/** The web server puts X-Request-Id on every answer; a second one here would be appended to it. */
export function problemResponse(problem: HttpProblem, request: Request, requestId: string): Response {
  return new Response(JSON.stringify(problemBody(problem, new URL(request.url).pathname, requestId)), {
    status: problem.status,
    headers: { 'Content-Type': 'application/problem+json; charset=utf-8', 'Cache-Control': 'no-store', ...problem.headers },
  });
}
