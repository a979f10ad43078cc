import { type Manifest, isReleased, setVersionOf } from './generated-files.ts';
import type { SchemaFile } from './schema-files.ts';
import { ID_BASE, walk, parseId } from './schema-names.ts';

export type Level = 'major' | 'minor' | 'patch';

/** `1.2.3` one `level` up. */
export function raise(version: string, level: Level): string {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (level === 'major') return `${major + 1}.0.0`;
  return level === 'minor' ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`;
}

/**
 * Raises the version of a released schema and, because their `$ref`s name versions, of every schema that refers to it directly
 * or through others. What the open set raised already stays. Opens a new set in the changelog where the newest one has a date.
 * @param texts the files' texts by path @returns the texts that change, and the changelog
 */
export function bumpVersion(
  files: readonly SchemaFile[], texts: ReadonlyMap<string, string>, manifest: Manifest, changelog: string, name: string, level: Level, why: string,
): { texts: Map<string, string>; changelog: string } {
  if (!files.some((file) => file.name === name)) throw new Error(`there is no schema ${name}`);
  const raised = dependents(files, name).filter((file) => manifest.schemas[String(file.schema['$id'])] !== undefined);
  if (raised.length === 0) return { texts: new Map(), changelog };
  const next = new Map(raised.map((file) => [file.name, raise(file.version, level)]));
  const changed = new Map<string, string>();
  for (const file of files) {
    const before = texts.get(file.path)!;
    const after = raised.reduce((text, { name: other, version }) => text.replaceAll(new RegExp(`(${ID_BASE}${other}/)${version.replaceAll('.', '\\.')}(?=["#])`, 'g'), `$1${next.get(other)!}`), before);
    if (after !== before) changed.set(file.path, after);
  }
  const lines = raised.map((file) => `- ${file.name} ${next.get(file.name)!}: ${file.name === name ? why : `refers to ${name} ${next.get(name) ?? ''}`.trimEnd()}`);
  return { texts: changed, changelog: withLines(changelog, lines, level) };
}

/** The schema first, then every one that refers to it, nearest first. */
function dependents(files: readonly SchemaFile[], name: string): SchemaFile[] {
  const found = new Set([name]);
  for (const target of found) {
    for (const file of files) {
      walk(file.schema, (node) => {
        if (typeof node['$ref'] === 'string' && parseId(node['$ref'].split('#')[0])?.name === target) found.add(file.name);
      });
    }
  }
  return [...found].map((each) => files.find((file) => file.name === each)!);
}

function withLines(changelog: string, lines: readonly string[], level: Level): string {
  const heading = /^## .*$/m.exec(changelog);
  if (!heading) throw new Error('the changelog has no heading');
  if (isReleased(changelog)) {
    const opened = `## ${raise(setVersionOf(changelog)!, level)} - unreleased\n\n${lines.join('\n')}\n\n`;
    return changelog.slice(0, heading.index) + opened + changelog.slice(heading.index);
  }
  const end = heading.index + heading[0].length;
  return `${changelog.slice(0, end)}\n\n${lines.join('\n')}${changelog.slice(end)}`;
}
