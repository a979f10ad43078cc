// Vendors Shopify's Admin GraphQL schema into schemas/shopify/, so that nothing is downloaded later.
//
//   node dev/setup/vendor-shopify-schema.mjs            fetches the pinned package with `npm pack`
//   node dev/setup/vendor-shopify-schema.mjs FILE.tgz   reads a tarball that is already here
//
// Shopify publishes the introspection result of every Admin API version inside @shopify/dev-mcp, together with
// the access scopes each type and field needs. Only that data is taken; the package itself is not a dependency.
// Output is byte for byte the same for the same package (gzip without time stamp or operating system).
import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { buildClientSchema, buildSchema, printSchema } from 'graphql';

const PACKAGE = '@shopify/dev-mcp@1.16.0';
/** The version the app speaks, and the one before it (for trying an upgrade or a downgrade). */
const VERSIONS = ['2026-07', '2026-04'];
const target = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../schemas/shopify');

/** Gzip whose bytes depend on the input only. */
function deterministicGzip(text) {
  const bytes = gzipSync(Buffer.from(text, 'utf8'), { level: 9 });
  bytes.fill(0, 4, 8); // modification time
  bytes[9] = 255; // operating system: unknown
  return bytes;
}

/** Removes every `description` of an introspection result; deprecations stay. */
function withoutDescriptions(value) {
  if (Array.isArray(value)) return value.map(withoutDescriptions);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === 'description' ? null : withoutDescriptions(inner)]),
  );
}

/** `{ "Type" or "Type.field": { anyOf: [scope], text } }`: holding one scope of anyOf is enough; write_x implies read_x. */
function scopeTable(items) {
  const rows = items
    .filter((item) => item.offlineScopes.length > 0)
    .map((item) => [
      item.type === 'type' ? item.typeName : `${item.typeName}.${item.fieldName}`,
      { anyOf: [...new Set(item.offlineScopes)], text: item.requiredAccess },
    ])
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(rows);
}

const work = mkdtempSync(path.join(tmpdir(), 'shopify-schema-'));
try {
  let tarball = process.argv[2];
  if (!tarball) {
    execFileSync('npm', ['pack', PACKAGE, '--silent', '--pack-destination', work], { stdio: ['ignore', 'ignore', 'inherit'] });
    tarball = path.join(work, readdirSync(work).find((name) => name.endsWith('.tgz')));
  }
  const wanted = VERSIONS.map((version) => `package/dist/data/admin_${version}.json.gz`);
  execFileSync('tar', ['-xzf', path.resolve(tarball), '-C', work, ...wanted]);
  mkdirSync(target, { recursive: true });
  for (const version of VERSIONS) {
    const file = path.join(work, `package/dist/data/admin_${version}.json.gz`);
    const { data, offline_scopes: scopes } = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8'));
    const sdl = `${printSchema(buildClientSchema(withoutDescriptions(data), { assumeValid: true }))}\n`;
    buildSchema(sdl, { assumeValid: true }); // what cannot be read back must not be written
    const table = { version, source: PACKAGE, requires: scopeTable(scopes.items) };
    for (const [name, text] of [['graphql', sdl], ['scopes.json', `${JSON.stringify(table)}\n`]]) {
      const bytes = deterministicGzip(text);
      writeFileSync(path.join(target, `admin-${version}.${name}.gz`), bytes);
      process.stdout.write(`schemas/shopify/admin-${version}.${name}.gz  ${bytes.length} bytes\n`);
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
