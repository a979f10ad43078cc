import { expect } from 'vitest';
import { ROUTES } from '../../schemas/routes.ts';
import type { Route } from '../../schemas/routes.ts';
import { allSchemas, schemaId } from '../../schemas/registry.ts';
import type { SchemaName } from '../../schemas/registry.ts';
import { strictAjv } from '../../schemas/tools/registry-checks.ts';
import type { JsonObject } from '../../schemas/tools/schema-names.ts';
import { Api } from './client.ts';
import type { Answer, Extras } from './client.ts';

const ajv = strictAjv().addSchema(allSchemas() as JsonObject[]);

/** What is wrong with a value by this schema, one line each; empty where it is valid. */
export function wrong(name: SchemaName, value: unknown): string[] {
  const validate = ajv.getSchema(schemaId(name))!;
  return validate(value) ? [] : validate.errors!.map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
}

const PATTERNS = ROUTES.map((route) => ({ route, pattern: new RegExp(`^${route.path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+')}$`) }));

/** A client that holds every answer, and every body that was taken, against what routes.ts and the schemas promise, and remembers which calls it saw succeed. */
export class ContractApi extends Api {
  readonly seen = new Set<string>();

  override async call(method: string, path: string, body?: unknown, extras: Extras = {}): Promise<Answer> {
    const answer = await super.call(method, path, body, extras);
    const route = PATTERNS.find(({ route: { method: wanted }, pattern }) => wanted === method && pattern.test(path.split('?')[0]!))?.route;
    const what = `${method} ${path} answered ${answer.status}`;
    if (answer.status >= 400) {
      expect(answer.headers.get('content-type'), what).toMatch(/^application\/problem\+json/);
      expect(wrong('problem-details', answer.body), `${what}: ${answer.text}`).toEqual([]);
      expect(answer.body.status).toBe(answer.status);
      expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'));
      expect(answer.body.instance, what).toBe(new URL(`http://x/api/v1${path}`).pathname);
      return answer;
    }
    expect(route, `${what}, but no route says so`).toBeDefined();
    // What the API takes is what the document says it takes.
    if (route!.request && extras.raw === undefined) expect(wrong(route!.request.schema, body ?? {}), `${what} to ${JSON.stringify(body)}`).toEqual([]);
    this.#check(route!, answer, what);
    this.seen.add(route!.id);
    return answer;
  }

  #check({ response }: Route, answer: Answer, what: string): void {
    expect(answer.status, what).toBe(response.status);
    expect(answer.headers.get('x-request-id'), what).toBeTruthy();
    if (response.status === 204) return expect(answer.text, what).toBe('');
    expect(answer.headers.get('content-type'), what).toContain(response.contentType ?? 'application/json');
    if (response.contentType === 'text/event-stream') {
      const updates = answer.text.split('\n').filter((line) => line.startsWith('data: '));
      expect(updates.length, what).toBeGreaterThan(0);
      for (const update of updates) expect(wrong(response.schema!, JSON.parse(update.slice(6))), what).toEqual([]);
    } else if (response.schema) {
      expect(wrong(response.schema, answer.body), what).toEqual([]);
    }
  }
}
