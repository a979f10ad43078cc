// Fails when prisma/schema.prisma and prisma/migrations no longer describe the same tables:  node dev/postgres/check-drift.ts
// Needs nothing: it starts a PostgreSQL of its own, replays the migrations in a shadow database and compares.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrapRoles, derivedPasswords } from '../../prisma/bootstrap/roles.ts';
import { startEmbeddedPostgres } from './embedded.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PRISMA = join(ROOT, 'node_modules', 'prisma', 'build', 'index.js');

/** What `schema` has that the migrations do not make, or the other way round, in words; null when they agree. The server must know the roles. */
export async function findDrift(superuserUrl: string, schema = 'prisma/schema.prisma'): Promise<string | null> {
  const { code, output } = await run(['migrate', 'diff', '--from-migrations', 'prisma/migrations', '--to-schema-datamodel', schema, '--exit-code'], superuserUrl);
  if (code === 0) return null;
  if (code === 2) return output.trim();
  throw new Error(`the schema could not be compared with the migrations: ${output.trim()}`);
}

/** Runs Prisma's command line on a database; its exit code and everything it said. */
export function run(args: readonly string[], databaseUrl: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PRISMA, ...args], {
      cwd: ROOT,
      env: { ...process.env, DATABASE_URL: databaseUrl, CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { output += chunk.toString(); });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

if (import.meta.main) {
  const postgres = await startEmbeddedPostgres({ dataDir: join(tmpdir(), `calibrate-drift-${process.pid}-${randomBytes(4).toString('hex')}`), durable: false });
  try {
    await bootstrapRoles(postgres.superuserUrl, { database: 'calibrate', passwords: derivedPasswords(randomBytes(16).toString('hex')) });
    const drift = await findDrift(postgres.superuserUrl);
    if (drift !== null) {
      process.stderr.write(`The migrations and prisma/schema.prisma differ:\n${drift}\n`);
      process.exitCode = 1;
    }
  } finally {
    await postgres.stop();
    rmSync(postgres.dataDir, { recursive: true, force: true });
  }
}
