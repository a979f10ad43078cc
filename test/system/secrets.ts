import { createHmac } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { inject } from 'vitest';

export interface AppSecrets {
  readonly apiKey: string;
  readonly apiSecret: string;
}

/**
 * The key and secret that the running app shares with the simulated Shopify, as its process was given them: nothing that the app
 * answers or prints tells them, and a test that signs as Shopify does must know them. Linux only, like the rest of what reads /proc.
 */
export function appSecrets(): AppSecrets {
  const environment = readFileSync(`/proc/${processOf('app/web/main.ts')}/environ`, 'utf8').split('\0');
  const of = (name: string): string => environment.find((line) => line.startsWith(`${name}=`))!.slice(name.length + 1);
  return { apiKey: of('SHOPIFY_API_KEY'), apiSecret: of('SHOPIFY_API_SECRET') };
}

/** The process of the demo that runs this program now; it has another id after every restart. */
export function processOf(program: string): number {
  const demo = parentOf(inject('app').pids.simulator);
  const found = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number)
    .find((pid) => parentOf(pid) === demo && commandOf(pid).includes(program));
  if (found === undefined) throw new Error(`The demo runs no ${program} at the moment`);
  return found;
}

export function commandOf(pid: number): string {
  return readOr(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s*(\d+)/m.exec(readOr(() => readFileSync(`/proc/${pid}/status`, 'utf8')))?.[1] ?? 0);
}

/** A process may end between two looks. */
function readOr(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}


export function webhookSignature(body: string | Uint8Array, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('base64');
}
