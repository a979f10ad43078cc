import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { TypeInfo, getNamedType, isObjectType, print, validate, visit, visitWithTypeInfo } from 'graphql';
import type { DocumentNode } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION, shopifyEndpoint } from '../../app/adapters/shopify/client.ts';
import * as documents from '../../app/adapters/shopify/generated/admin-documents.ts';
import { SCHEMA_FILE, readDocuments, readSchema } from '../../dev/setup/generate-shopify-documents.ts';

const root = path.resolve(import.meta.dirname, '../..');
const operations = Object.entries(documents).filter(([name]) => name.endsWith('Document')) as [string, DocumentNode][];
let schema: ReturnType<typeof readSchema>;

beforeAll(() => {
  schema = readSchema();
});

describe('documents of the Shopify connector', () => {
  it('are the generated ones: regenerating changes nothing', async () => {
    // In a process of its own: the code generator and Vite load two copies of graphql, which do not mix.
    const check = promisify(execFile)(process.execPath, ['dev/setup/generate-shopify-documents.ts', '--check'], { cwd: root });
    await expect(check).resolves.toMatchObject({ stderr: '' });
  }, 30_000);

  it('are checked against the version that is sent', () => {
    expect(SCHEMA_FILE).toContain(`admin-${API_VERSION}.`);
    expect(shopifyEndpoint('a-shop.myshopify.com').href).toBe(`https://a-shop.myshopify.com/admin/api/${API_VERSION}/graphql.json`);
  });

  it.each(operations)('%s fits the real schema', (_, document) => {
    expect(validate(schema, document).map((error) => error.message)).toEqual([]);
  });

  it('use nothing that Shopify has deprecated', () => {
    const deprecated: string[] = [];
    for (const [name, document] of operations) {
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

  it('need only the scopes that the app asks for', () => {
    const file = path.join(root, `schemas/shopify/admin-${API_VERSION}.scopes.json.gz`);
    const { requires } = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as { requires: Record<string, { anyOf: string[] }> };
    const granted = new Set(['read_products', 'write_products', 'read_inventory']);
    const refused: string[] = [];
    for (const [name, document] of operations) {
      const types = new TypeInfo(schema);
      visit(document, visitWithTypeInfo(types, {
        Field: (node) => {
          const parent = types.getParentType();
          const type = types.getType();
          const keys = [`${parent?.name}.${node.name.value}`, ...(type && isObjectType(getNamedType(type)) ? [getNamedType(type).name] : [])];
          for (const key of keys) {
            const need = requires[key];
            if (need && !need.anyOf.some((scope) => granted.has(scope))) refused.push(`${name}: ${key} needs ${need.anyOf.join(' or ')}`);
          }
        },
      }));
    }
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
