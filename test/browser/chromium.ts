/**
 * Finds a Chromium to test with. On Linux x64 it is the one inside the npm package @sparticuz/chromium, unpacked once into
 * a folder of this project together with the libraries and fonts it needs, so that the machine has to have none of them.
 * Elsewhere it is an installed Chrome. CALIBRATE_CHROME names another one.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface Chromium {
  /** Undefined where playwright is to use the installed Chrome. */
  readonly executablePath?: string;
  readonly channel?: 'chrome';
  readonly env: Record<string, string>;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

let found: Promise<Chromium> | undefined;

/** The browser to launch; unpacks it at the first call on this machine (a few seconds). Safe to call from several processes at once. */
export function findChromium(): Promise<Chromium> {
  return (found ??= find());
}

async function find(): Promise<Chromium> {
  const env = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined));
  const named = process.env['CALIBRATE_CHROME'];
  if (named) return { executablePath: named, env };
  if (process.platform !== 'linux' || process.arch !== 'x64') return { channel: 'chrome', env };

  const manifest = JSON.parse(await readFile(path.join(ROOT, 'node_modules/@sparticuz/chromium/package.json'), 'utf8')) as { version: string };
  const folder = path.join(ROOT, '.cache', `chromium-${manifest.version}`);
  if (!existsSync(folder)) await unpackInto(folder);
  return {
    executablePath: path.join(folder, 'chromium'),
    env: { ...env, LD_LIBRARY_PATH: path.join(folder, 'al2023', 'lib'), FONTCONFIG_FILE: path.join(folder, 'fonts.conf') },
  };
}

/**
 * The package unpacks into the folder for temporary files, and its libraries only where it believes itself to be on the
 * platform it was made for: so it runs in a process of its own that is told both. The folder appears whole or not at all.
 */
async function unpackInto(folder: string): Promise<void> {
  await mkdir(path.dirname(folder), { recursive: true });
  const partial = await mkdtemp(`${folder}-`);
  try {
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', "await (await import('@sparticuz/chromium')).default.executablePath()"], {
      cwd: ROOT,
      env: { ...process.env, TMPDIR: partial, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' },
    });
    await writeFile(path.join(partial, 'fonts.conf'), fontsConf(folder));
    await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    // Another process may have been first; its folder is as good.
    if (!existsSync(folder)) throw error;
  }
}

/** The package's own looks for fonts in other folders; a Chromium that finds none at all ends itself. */
const fontsConf = (folder: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${path.join(folder, 'fonts')}</dir>
  <cachedir>${path.join(folder, 'fonts-cache')}</cachedir>
  <match target="pattern"><edit name="family" mode="append_last"><string>Open Sans</string></edit></match>
</fontconfig>
`;
