import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DemoError } from './options.ts';

/** What a run leaves for the next one: secrets made once, and the API tokens that were shown once. */
export interface DemoSettings {
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly encryptionKey: string;
  readonly cronSecret: string;
  readonly databasePasswords: { readonly owner: string; readonly app: string; readonly dispatcher: string; readonly copilot: string };
  tokens: Record<string, string>;
}

const secret = (bytes: number): string => randomBytes(bytes).toString('base64url');

/** Makes the folder and reads or makes its settings. Throws a DemoError when the folder cannot be written. */
export function openSettings(dataDir: string): DemoSettings {
  const file = join(dataDir, 'demo.json');
  try {
    mkdirSync(join(dataDir, 'logs'), { recursive: true });
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as DemoSettings;
    const made: DemoSettings = {
      apiKey: secret(16), apiSecret: secret(32), encryptionKey: `k1.aesgcm256.${secret(32)}`, cronSecret: secret(24),
      databasePasswords: { owner: secret(18), app: secret(18), dispatcher: secret(18), copilot: secret(18) }, tokens: {},
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
