import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DemoError } from './options.ts';

/** What a run leaves for the next one: secrets made once, and the API tokens that were shown once. */
export interface DemoSettings {
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly encryptionKey: string;
  readonly cronSecret: string;
  tokens: Record<string, string>;
  /** Which products the demo shop was loaded with; '' for the built-in ones. */
  catalog: string;
}

/** Names a set of product files by their content. */
export function catalogKey(files: readonly { readonly text: string }[]): string {
  if (files.length === 0) return '';
  const hash = createHash('sha256');
  for (const file of files) hash.update(String(file.text.length)).update(file.text);
  return hash.digest('hex');
}

const secret = (bytes: number): string => randomBytes(bytes).toString('base64url');

/** Makes the folder and reads or makes its settings. Throws a DemoError when the folder cannot be written. */
export function openSettings(dataDir: string): DemoSettings {
  const file = join(dataDir, 'demo.json');
  try {
    mkdirSync(join(dataDir, 'logs'), { recursive: true });
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as DemoSettings;
    const made: DemoSettings = {
      apiKey: secret(16), apiSecret: secret(32), encryptionKey: `k1.aesgcm256.${secret(32)}`, cronSecret: secret(24), tokens: {}, catalog: '',
    };
    saveSettings(dataDir, made);
    return made;
  } catch (error) {
    throw new DemoError(`The data folder ${dataDir} cannot be used (${(error as Error).message}); choose another with --data-dir`);
  }
}

export function saveSettings(dataDir: string, settings: DemoSettings): void {
  writeFileSync(join(dataDir, 'demo.json'), `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
}
