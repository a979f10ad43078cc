import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { TypeInfo, buildSchema, getNamedType, isObjectType, parse, print, validate, visit, visitWithTypeInfo } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION, shopifyEndpoint } from '../../app/adapters/shopify/client.ts';
import { createShopifyConnector } from '../../app/adapters/shopify/connector.ts';
import * as documents from '../../app/adapters/shopify/generated/admin-documents.ts';
import { SCHEMA_FILE, readDocuments, readSchema } from '../../dev/setup/generate-shopify-documents.ts';

const root = path.resolve(import.meta.dirname, '../..');
/** The one that is asked for, and the older one that Shopify may still serve instead. */
const VERSIONS = ['2026-04', '2026-07'];
const operations = Object.entries(documents).filter(([name]) => name.endsWith('Document')) as [string, DocumentNode][];
let schema: ReturnType<typeof readSchema>;
let schemas: Map<string, GraphQLSchema>;
/** What runs inside a bulk operation: text in a variable, which nobody validates on the way. */
let inner: [string, DocumentNode][];

beforeAll(async () => {
  schema = readSchema();
  schemas = new Map(VERSIONS.map((version) => [version, version === API_VERSION ? schema : buildSchema(vendored(version, 'graphql'), { assumeValid: true })]));
  inner = await bulkDocuments();
});

function vendored(version: string, name: string): string {
  return gunzipSync(readFileSync(path.join(root, `schemas/shopify/admin-${version}.${name}.gz`))).toString('utf8');
}

/** The documents that the connector itself hands to bulk operations, taken from what it sends. */
async function bulkDocuments(): Promise<[string, DocumentNode][]> {
  const found: [string, DocumentNode][] = [];
  const connector = createShopifyConnector({
    tokenFor: async () => ({ accessToken: 'shpat_documents' }), refreshToken: async () => null, requiredScopes: [],
    fetch: async (_, init) => {
      const { operationName, variables } = JSON.parse(String(init?.body)) as { operationName: string; variables: Record<string, unknown> };
      for (const text of [variables['query'], variables['mutation']]) if (typeof text === 'string') found.push([`${operationName} of ${found.length}`, parse(text)]);
      return new Response('{}', { status: 503 });
    },
  });
  const shop = { tenantId: 't', shopDomain: 'documents.myshopify.com', currencyCode: 'USD' };
  await connector.catalog.startExport(shop);
  for await (const answer of connector.priceLists.prices({ ...shop, priceListRef: 1n }, 1_000_000)) if (!answer.ok) break;
  await connector.bulk.start(shop, '00000000-0000-4000-8000-000000000001', 'path', new Date(Date.now() + 1_000));
  return found;
}

describe('documents of the Shopify connector', () => {
  it('are the generated ones: regenerating changes nothing', async () => {
    // In a process of its own: the code generator and Vite load two copies of graphql, which do not mix.
    const check = promisify(execFile)(process.execPath, ['dev/setup/generate-shopify-documents.ts', '--check'], { cwd: root });
    await expect(check).resolves.toMatchObject({ stderr: '' });
  }, 60_000);

  it('are checked against the version that is sent', () => {
    expect(SCHEMA_FILE).toContain(`admin-${API_VERSION}.`);
    expect(shopifyEndpoint('a-shop.myshopify.com').href).toBe(`https://a-shop.myshopify.com/admin/api/${API_VERSION}/graphql.json`);
  });

  it.each(operations)('%s fits the real schema of both versions', (_, document) => {
    for (const version of VERSIONS) expect(validate(schemas.get(version)!, document).map((error) => `${version}: ${error.message}`)).toEqual([]);
  });

  it('inside bulk operations fit both versions, too', () => {
    expect(inner.map(([name]) => name.split(' ')[0])).toEqual(['BulkQueryStart', 'BulkQueryStart', 'BulkMutationStart']);
    for (const version of VERSIONS) for (const [name, document] of inner) expect(validate(schemas.get(version)!, document).map((error) => `${version}: ${name}: ${error.message}`)).toEqual([]);
  });

  it('use nothing that Shopify has deprecated', () => {
    const deprecated: string[] = [];
    for (const [name, document] of [...operations, ...inner]) {
      const types = new TypeInfo(schema);
      visit(document, visitWithTypeInfo(types, {
        Field: () => {
          const field = types.getFieldDef();
          if (field?.deprecationReason) deprecated.push(`${name}: ${field.name}: ${field.deprecationReason}`);
        },
      }));
    }
    expect(deprecated).toEqual([]);
  });

  it.each(VERSIONS)('need only the scopes that the app asks for, by %s', (version) => {
    const { requires } = JSON.parse(vendored(version, 'scopes.json')) as { requires: Record<string, { anyOf: string[] }> };
    const asked = /^scopes = "([^"]+)"/m.exec(readFileSync(path.join(root, 'shopify.app.toml'), 'utf8'))![1]!.split(',');
    // Whoever may write may read.
    const granted = new Set([...asked, ...asked.map((scope) => scope.replace(/^write_/, 'read_'))]);
    const refused: string[] = [];
    let needed = 0;
    for (const [name, document] of [...operations, ...inner]) {
      const types = new TypeInfo(schemas.get(version)!);
      visit(document, visitWithTypeInfo(types, {
        Field: (node) => {
          const parent = types.getParentType();
          const type = types.getType();
          const keys = [`${parent?.name}.${node.name.value}`, ...(type && isObjectType(getNamedType(type)) ? [getNamedType(type).name] : [])];
          for (const key of keys) {
            const need = requires[key];
            if (need) needed += 1;
            if (need && !need.anyOf.some((scope) => granted.has(scope))) refused.push(`${name}: ${key} needs ${need.anyOf.join(' or ')}`);
          }
        },
      }));
    }
    expect(needed).toBeGreaterThan(0);
    expect(refused).toEqual([]);
  });

  it('keep the rules for bulk queries: connections through edges and node, no page sizes, two levels, at most five', () => {
    const types = new TypeInfo(schema);
    let connections = 0;
    let depth = 0;
    let deepest = 0;
    const isConnection = () => getNamedType(types.getType())?.name.endsWith('Connection');
    visit(documents.CatalogExportDocument, visitWithTypeInfo(types, {
      OperationDefinition: (node) => {
        expect(node.variableDefinitions ?? []).toEqual([]);
      },
      Field: {
        enter: (node) => {
          if (!isConnection()) return;
          connections += 1;
          depth += 1;
          deepest = Math.max(deepest, depth);
          expect(node.arguments ?? []).toEqual([]);
          expect(node.selectionSet?.selections.map((selection) => 'name' in selection && selection.name?.value)).toEqual(['edges']);
        },
        leave: () => {
          if (isConnection()) depth -= 1;
        },
      },
    }));
    expect(connections).toBeLessThanOrEqual(5);
    expect(deepest).toBe(2);
  });

  it('are named after what they are, each once', () => {
    const names = readDocuments().flatMap(({ document }) => document.definitions.map((definition) => ('name' in definition ? definition.name?.value : undefined)));
    expect(new Set(names).size).toBe(names.length);
    expect(operations.map(([name]) => name.replace(/Document$/, '')).every((name) => names.includes(name))).toBe(true);
    expect(operations.every(([name, document]) => print(document).includes(name.replace(/Document$/, '')))).toBe(true);
  });

  it('refuses to send a token anywhere but to a myshopify domain', () => {
    for (const domain of ['evil.example', 'a.myshopify.com.evil.example', 'a.myshopify.com/x', 'A.myshopify.com', '127.0.0.1', '']) {
      expect(() => shopifyEndpoint(domain)).toThrow(RangeError);
    }
  });
});
