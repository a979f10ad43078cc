import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteEmbeddedPostgres, startEmbeddedPostgres } from '../../dev/postgres/embedded.ts';
import type { EmbeddedPostgres } from '../../dev/postgres/embedded.ts';
import { serverOf } from '../../dev/postgres/cluster.ts';

const base = join(tmpdir(), `calibrate-embedded-${process.pid}-${randomBytes(4).toString('hex')}`);
const dataDir = join(base, 'postgres');
const start = (options: { port?: number } = {}): Promise<EmbeddedPostgres> => startEmbeddedPostgres({ dataDir, durable: false, ...options });

async function ask(postgres: EmbeddedPostgres, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: postgres.superuserUrl });
  await client.connect();
  try {
    return (await client.query(sql)).rows[0];
  } finally {
    await client.end();
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 15_000; !condition(); await sleep(50)) if (Date.now() > end) throw new Error('It did not happen within 15 s');
}

beforeAll(() => { mkdirSync(base, { recursive: true }); });
afterAll(() => { rmSync(base, { recursive: true, force: true }); });

describe('the embedded PostgreSQL', () => {
  it('is version 18, and keeps its data between runs', async () => {
    const first = await start();
    expect(await ask(first, `SELECT current_setting('server_version_num')::int / 10000 AS major`)).toEqual({ major: 18 });
    await ask(first, 'CREATE TABLE kept (n int)');
    await first.stop();
    await first.stop();
    expect(serverOf(first.dataDir)).toBeNull();
    const second = await start();
    expect(await ask(second, `SELECT to_regclass('kept') IS NOT NULL AS kept`)).toEqual({ kept: true });
    await second.stop();
  });

  it('ends with its program, also when that is killed', async () => {
    const program = `
      import { startEmbeddedPostgres } from ${JSON.stringify(join(import.meta.dirname, '../../dev/postgres/embedded.ts'))};
      await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, durable: false });
      process.stdout.write('ready');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => { child.stdout.once('data', resolve); });
    expect(serverOf(dataDir)?.ready).toBe(true);
    child.kill('SIGKILL');
    await until(() => serverOf(dataDir) === null);
    // What the killed program had is there at once.
    const again = await start();
    expect(await ask(again, `SELECT to_regclass('kept') IS NOT NULL AS kept`)).toEqual({ kept: true });
    await again.stop();
  });

  it('tells when the server ends by itself', async () => {
    const postgres = await start();
    process.kill(serverOf(dataDir)!.pid, 'SIGINT');
    expect(await postgres.ended).toBeTypeOf('string');
    await postgres.stop();
  });

  it('starts over the lock of a server that died, whose number now belongs to another program', async () => {
    writeFileSync(join(dataDir, 'postmaster.pid'), `${process.pid}\n${dataDir}\n`);
    const postgres = await start();
    await postgres.stop();
  });

  it('says in one line why it cannot start', async () => {
    const running = await start();
    await expect(start()).rejects.toThrow(/is in use by a running PostgreSQL \(process \d+\): is Calibrate already running\?/);
    expect(() => deleteEmbeddedPostgres(dataDir)).toThrow(/is in use/);
    await running.stop();

    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => { taken.once('listening', resolve); });
    const { port } = taken.address() as { port: number };
    await expect(start({ port })).rejects.toThrow(`port ${port} is in use`);
    taken.close();

    const foreign = join(base, 'photos');
    mkdirSync(foreign);
    writeFileSync(join(foreign, 'me.txt'), '');
    await expect(startEmbeddedPostgres({ dataDir: foreign })).rejects.toThrow(/not empty and holds no database/);
    await expect(startEmbeddedPostgres({ dataDir: join(foreign, 'me.txt', 'data') })).rejects.toThrow(/cannot write to/);
    mkdirSync(join(base, 'read-only'), { mode: 0o555 });
    await expect(startEmbeddedPostgres({ dataDir: join(base, 'read-only', 'data') })).rejects.toThrow(/cannot write to .*read-only/);

    writeFileSync(join(dataDir, 'PG_VERSION'), '15\n');
    await expect(start()).rejects.toThrow(/was made by PostgreSQL 15/);
    writeFileSync(join(dataDir, 'PG_VERSION'), '18\n');
  });

  it.skipIf(process.getuid?.() !== 0)('as root, uses another folder when its account cannot reach the wished one, and says so', async () => {
    const closed = join(base, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const said: string[] = [];
    const postgres = await startEmbeddedPostgres({ dataDir: join(closed, 'postgres'), durable: false, say: (line) => said.push(line) });
    expect(said).toEqual([`${closed} is closed to the account "postgres": the database is kept in ${postgres.dataDir}`]);
    await postgres.stop();
    deleteEmbeddedPostgres(join(closed, 'postgres'));
    expect(serverOf(postgres.dataDir)).toBeNull();
  });

  it('is deleted when asked to', async () => {
    deleteEmbeddedPostgres(dataDir);
    const fresh = await start();
    expect(await ask(fresh, `SELECT to_regclass('kept') IS NOT NULL AS kept`)).toEqual({ kept: false });
    await fresh.stop();
  });
});
