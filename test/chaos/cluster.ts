import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbeddedPostgres } from '../../dev/postgres/embedded.ts';
import type { EmbeddedPostgres } from '../../dev/postgres/embedded.ts';
import { prepareDatabase } from '../../prisma/bootstrap/prepare-database.ts';
import type { DatabaseUrls } from '../../prisma/bootstrap/prepare-database.ts';

export interface ChaosCluster {
  readonly urls: DatabaseUrls;
  readonly folder: string;
  /** As `pg_ctl restart -m immediate`: the server drops everything at once, and recovers from its log when it starts again, `downMs` later. */
  restartImmediately(downMs?: number): Promise<void>;
  end(): Promise<void>;
}

/**
 * A migrated PostgreSQL of its own, with all its safety on: a commit that was answered must survive the loss of the server. It keeps its
 * port over restarts.
 */
export async function startCluster(say: (line: string) => void): Promise<ChaosCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'calibrate-chaos-'));
  // PostgreSQL's own account must be able to pass through when the tests run as root.
  chmodSync(folder, 0o755);
  const dataDir = join(folder, 'postgres');
  let server: EmbeddedPostgres = await startEmbeddedPostgres({ dataDir, say });
  const urls = await prepareDatabase({ superuserUrl: server.superuserUrl, database: 'calibrate' });
  let restarting: Promise<void> = Promise.resolve();

  async function restart(downMs: number): Promise<void> {
    const pid = Number(readFileSync(join(server.dataDir, 'postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(pid, 'SIGQUIT');
    await server.ended;
    await sleep(downMs);
    const { port } = server;
    for (let attempt = 1; ; attempt += 1) {
      try {
        server = await startEmbeddedPostgres({ dataDir, port, say });
        return;
      } catch (error) {
        if (attempt >= 20) throw error;
        await sleep(250);
      }
    }
  }

  return {
    urls,
    folder,
    restartImmediately: (downMs = 0) => (restarting = restarting.then(() => restart(downMs))),
    async end() {
      await restarting.catch(() => undefined);
      await server.stop();
      rmSync(server.dataDir, { recursive: true, force: true });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
