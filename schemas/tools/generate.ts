/**
 * Writes schemas/generated/ from the schemas: `node schemas/tools/generate.ts`.
 * Refuses to when a released schema changed without a new version, so that the manifest never forgets what was released.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LIST_FILE, TYPES_FILE, generateAll, readChangelog, readManifest } from './generated-files.ts';
import { readSchemaFiles, SCHEMAS_DIR } from './schema-files.ts';

const files = readSchemaFiles();
const manifest = readManifest();
const changelog = readChangelog();
const generated = await generateAll(files, manifest, changelog);

function write(path: string): void {
  const target = join(SCHEMAS_DIR, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, generated.get(path)!);
}

// Types and list first: the checks load the registry, which imports the list.
write(TYPES_FILE);
write(LIST_FILE);
const { checkEvents, checkShape, checkVersions } = await import('./registry-checks.ts');
const findings = [...checkShape(files), ...checkEvents(files), ...checkVersions(files, manifest, changelog)];
if (findings.length > 0) {
  for (const { file, problem } of findings) console.error(`schemas/${file}: ${problem}`);
  process.exitCode = 1;
} else {
  for (const path of generated.keys()) write(path);
  console.log(`schemas/generated: types, list and manifest of ${files.length} schemas`);
}
