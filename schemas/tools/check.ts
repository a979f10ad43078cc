/**
 * Fails (exit code 1, one line each) when schemas, generated files and changelog have drifted apart: `node schemas/tools/check.ts`.
 * Writes nothing. The database and the domain are compared with the schemas in test/contract/schemas-*.test.ts.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateAll, readChangelog, readManifest } from './generated-files.ts';
import { checkEvents, checkShape, checkVersions, type Finding } from './registry-checks.ts';
import { readSchemaFiles, SCHEMAS_DIR } from './schema-files.ts';

const files = readSchemaFiles();
const manifest = readManifest();
const changelog = readChangelog();
const findings: Finding[] = [...checkShape(files), ...checkEvents(files), ...checkVersions(files, manifest, changelog)];
for (const [path, text] of await generateAll(files, manifest, changelog)) {
  let committed = '';
  try {
    committed = readFileSync(join(SCHEMAS_DIR, path), 'utf8');
  } catch {
    // A missing file is a difference like any other.
  }
  if (committed !== text) findings.push({ file: path, problem: 'is not what the schemas give: run node schemas/tools/generate.ts' });
}
for (const { file, problem } of findings) console.error(`schemas/${file}: ${problem}`);
if (findings.length > 0) process.exitCode = 1;
else console.log(`schemas: ${files.length} schemas, generated files and changelog agree`);
