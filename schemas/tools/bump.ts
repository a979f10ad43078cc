/**
 * Raises the version of a schema that is about to change, and of all that refer to it:
 * `node schemas/tools/bump.ts <name> <major|minor|patch> "why"`. Then change the schema and run generate.ts.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readChangelog, readManifest } from './generated-files.ts';
import { readSchemaFiles, SCHEMAS_DIR } from './schema-files.ts';
import { type Level, bumpVersion } from './version-bump.ts';

const [name, level, why] = process.argv.slice(2);
if (!name || !why || !['major', 'minor', 'patch'].includes(level ?? '')) {
  console.error('usage: node schemas/tools/bump.ts <name> <major|minor|patch> "why"');
  process.exitCode = 2;
} else {
  const files = readSchemaFiles();
  const texts = new Map(files.map((file) => [file.path, readFileSync(join(SCHEMAS_DIR, file.path), 'utf8')]));
  try {
    const bumped = bumpVersion(files, texts, readManifest(), readChangelog(), name, level as Level, why);
    for (const [path, text] of bumped.texts) writeFileSync(join(SCHEMAS_DIR, path), text);
    writeFileSync(join(SCHEMAS_DIR, 'CHANGELOG.md'), bumped.changelog);
    console.log(bumped.texts.size === 0 ? `${name} is not released in this version: change it as it is` : `raised in ${bumped.texts.size} files`);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
