import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { LogArchive } from '../../ports/log-retention.ts';

/** Archives as gzipped files in a folder, which belongs on storage that is backed up and cannot be written over. */
export function createArchiveFolder(folder: string): LogArchive {
  return {
    async write(name, lines) {
      const path = join(folder, name);
      const unfinished = `${path}.${randomUUID()}.part`;
      const hash = createHash('sha256');
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const text = async function* (): AsyncIterable<string> {
        for await (const line of lines) yield `${line}\n`;
      };
      const counted = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          hash.update(chunk);
          done(null, chunk);
        },
      });
      try {
        await pipeline(Readable.from(text()), createGzip({ level: 6 }), counted, createWriteStream(unfinished, { mode: 0o600, flush: true }));
        await rename(unfinished, path);
      } catch (error) {
        await rm(unfinished, { force: true });
        throw error;
      }
      // The name is durable when its folder is.
      const directory = await open(dirname(path), 'r');
      await directory.sync().finally(() => directory.close());
      return { location: name, sha256: hash.digest('hex') };
    },
    async forget(tenantId) {
      await rm(join(folder, tenantId), { recursive: true, force: true });
    },
  };
}
