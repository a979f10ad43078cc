import { ExportUnreadable } from '../../ports/catalog-source.ts';
import { UnexpectedAnswer } from './gid.ts';

/** What a file store says of a signed address that has run out, or of a file that is no more. */
const GONE = new Set([400, 403, 404, 410]);
const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);

export interface DownloadLimits {
  readonly fetch: typeof fetch;
  /** A download that sends nothing for so long has broken off. */
  readonly idleTimeoutMs: number;
  /** More is not read. */
  readonly mostBytes?: number;
}

/** The result of a bulk operation as `read` makes it of its bytes; holds one chunk at a time. Throws ExportUnreadable. */
export async function* downloadResult<T>({ fetch, idleTimeoutMs, mostBytes = Infinity }: DownloadLimits, url: string, read: (chunks: AsyncIterable<Uint8Array>) => AsyncGenerator<T>): AsyncGenerator<T> {
  const silence = new AbortController();
  // Whoever takes what was read may be slow: that is not the download standing still.
  let taking = false;
  const timer: NodeJS.Timeout = setTimeout(() => (taking ? void timer.refresh() : silence.abort()), idleTimeoutMs);
  let bytes = 0;
  try {
    // The address carries its own signature: our token is not for the file store.
    const response = await fetch(fileAddress(url), { signal: silence.signal });
    if (!response.ok || !response.body) {
      await response.body?.cancel();
      throw new ExportUnreadable(`The export cannot be downloaded: the file store answered ${response.status} (results are kept for 7 days)`, GONE.has(response.status) ? 'gone' : 'broken');
    }
    const chunks = watched(response.body, (chunk) => {
      timer.refresh();
      bytes += chunk.byteLength;
      if (bytes > mostBytes) throw new ExportUnreadable(`The download of the export has more than ${mostBytes} bytes`);
    });
    for await (const some of read(chunks)) {
      taking = true;
      yield some;
      taking = false;
      timer.refresh();
    }
  } catch (error) {
    if (silence.signal.aborted) throw new ExportUnreadable(`The download of the export stood still for ${idleTimeoutMs} ms`, 'broken');
    if (error instanceof ExportUnreadable || error instanceof UnexpectedAnswer) throw error;
    throw new ExportUnreadable(`The download of the export broke off: ${error instanceof Error ? error.message : String(error)}`, 'broken', { cause: error });
  } finally {
    clearTimeout(timer);
    silence.abort(); // a reader that stops early lets go of the connection
  }
}

/** An address of the file store: only over TLS, or on this machine (the simulator's). Throws ExportUnreadable. */
export function fileAddress(url: string): URL {
  const address = URL.canParse(url) ? new URL(url) : null;
  if (address?.protocol === 'https:' || (address?.protocol === 'http:' && LOOPBACK.has(address.hostname))) return address;
  throw new ExportUnreadable('The address of the export is not one to download from');
}

async function* watched(body: ReadableStream<Uint8Array>, onChunk: (chunk: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    onChunk(chunk);
    yield chunk;
  }
}
