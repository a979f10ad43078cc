import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface DemoOptions {
  readonly json: boolean;
  readonly port: number;
  readonly dataDir: string;
  readonly reset: boolean;
  /** Product CSVs that make up the demo shop's catalog; empty: the built-in shop. */
  readonly products: readonly { readonly name: string; readonly text: string }[];
}

/** Something the person at the keyboard can mend; shown as one line. */
export class DemoError extends Error {}

const HELP = `Usage: npm run demo -- [--json] [--products FILE]… [--port N] [--data-dir FOLDER] [--reset]

  --json           print one line of JSON when everything answers
  --products FILE  a Shopify product CSV as the demo store (repeatable); the built-in store otherwise
  --port N         port of the app (3000); the simulated Shopify takes the next one
  --data-dir DIR   where database and settings are kept between runs (.calibrate)
  --reset          start over: delete what earlier runs kept`;

/** Reads the flags; throws a DemoError that says what to write instead. */
export function readOptions(argv: readonly string[], root: string): DemoOptions {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...argv].filter((arg, index) => !(arg === '--' && index === 0)),
      options: {
        json: { type: 'boolean' }, port: { type: 'string' }, 'data-dir': { type: 'string' }, reset: { type: 'boolean' },
        products: { type: 'string', multiple: true }, help: { type: 'boolean', short: 'h' },
      },
    }));
  } catch (error) {
    throw new DemoError(`${(error as Error).message.split('. ')[0]}. See npm run demo -- --help`);
  }
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    process.exit(0);
  }
  const port = Number(values.port ?? 3000);
  if (!Number.isInteger(port) || port < 1 || port > 65_534) throw new DemoError(`--port must be a number from 1 to 65534, not "${values.port}"`);
  return {
    json: values.json ?? false, port, reset: values.reset ?? false,
    dataDir: resolve(values['data-dir'] ?? resolve(root, '.calibrate')),
    products: (values.products ?? []).map(readProducts),
  };
}

function readProducts(file: string): { name: string; text: string } {
  if (!existsSync(file)) throw new DemoError(`--products: there is no file ${file}`);
  try {
    return { name: file, text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)) };
  } catch (error) {
    throw new DemoError(`--products: ${file} cannot be read as UTF-8 text (${(error as Error).message})`);
  }
}
