/** Files of bulk operations: result lines, their download, and staged uploads. */
import type { BulkOperation, Shop } from './shop.ts';
import type { Simulator } from './simulator.ts';

/** Shopify keeps results for seven days. */
const RESULT_LIFETIME_MS = 7 * 24 * 3_600_000;
/** A staged file of variables may have at most 100 MB. */
export const MAX_UPLOAD_BYTES = 100 * 1024 * 1024;
/** What the form around the file may take. */
const FORM_BYTES = 64 * 1024;
/** Largest body that is read of an upload: one byte more would be refused whatever it is. */
export const MAX_UPLOAD_BODY_BYTES = MAX_UPLOAD_BYTES + FORM_BYTES;
/** Staged files kept in a shop, in bytes: the oldest go first. */
const KEPT_UPLOADS_BYTES = 512 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

/** Lines of JSON as they are written: a list of chunks, so that neither writing nor sending needs the whole in one piece. */
export class BulkLines {
  readonly #chunks: Buffer[] = [];
  #open: string[] = [];
  #openLength = 0;
  #bytes = 0;
  count = 0;

  add(line: string): void {
    this.#open.push(line);
    this.#openLength += line.length + 1;
    this.count += 1;
    if (this.#openLength >= CHUNK_BYTES) this.#close();
  }

  /** The chunks written so far. */
  chunks(): readonly Buffer[] {
    this.#close();
    return this.#chunks;
  }

  get bytes(): number {
    this.#close();
    return this.#bytes;
  }

  /** The same without some of its lines. */
  without(lines: number, random: () => number): BulkLines {
    const gone = new Set<number>();
    while (gone.size < Math.min(lines, this.count)) gone.add(Math.floor(random() * this.count));
    const rest = new BulkLines();
    let at = 0;
    for (const chunk of this.chunks()) {
      for (const line of chunk.toString('utf8').trimEnd().split('\n')) if (!gone.has(at++)) rest.add(line);
    }
    return rest;
  }

  #close(): void {
    if (this.#open.length === 0) return;
    const chunk = Buffer.from(`${this.#open.join('\n')}\n`);
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.#open = [];
    this.#openLength = 0;
  }
}

/** Whether the lines are gone: seven days after the operation ended. */
export function isExpired(operation: BulkOperation, now: number): boolean {
  return operation.completedAt !== null && now - operation.completedAt > RESULT_LIFETIME_MS;
}

/** Where an ended operation's lines are; null when there are none, or not any more. */
export function bulkResultUrl(sim: Simulator, shop: Shop, operation: BulkOperation): string | null {
  if (!operation.resultKey || !operation.result || isExpired(operation, sim.clock.now())) return null;
  return `${sim.origin}/bulk-results/${shop.domain}/${operation.resultKey}.jsonl`;
}

/** The operation and the lines behind a result URL; null when there are none or they have expired. */
export function bulkResult(sim: Simulator, shop: Shop, key: string): { operation: BulkOperation; lines: BulkLines } | null {
  const operation = shop.bulkOperations.find((candidate) => candidate.resultKey === key);
  if (!operation?.result || isExpired(operation, sim.clock.now())) return null;
  return { operation, lines: operation.result };
}

export interface UploadAnswer {
  status: number;
  xml: string;
}

function refuse(status: number, code: string, message: string): UploadAnswer {
  return { status, xml: `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}</Code><Message>${message}</Message></Error>` };
}

/** The refusal of a file larger than 100 MB. */
export function uploadTooLarge(): UploadAnswer {
  return refuse(400, 'EntityTooLarge', `Your proposed upload exceeds the maximum allowed object size of ${MAX_UPLOAD_BYTES} bytes.`);
}

/**
 * Takes a multipart form as the storage behind stagedUploadsCreate does: every parameter of the target as it was given
 * out, then `file` last and once.
 */
export async function acceptUpload(shop: Shop, body: Buffer, contentType: string): Promise<UploadAnswer> {
  let form: FormData;
  try {
    form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  } catch {
    return refuse(400, 'MalformedPOSTRequest', 'The body of your POST request is not well-formed multipart/form-data.');
  }
  const names = [...form.keys()];
  const key = form.get('key');
  const file = form.get('file');
  const target = typeof key === 'string' ? shop.uploadTargets.get(key) : undefined;
  if (typeof key !== 'string' || !target) return refuse(403, 'AccessDenied', 'Access denied.');
  if (file === null || names.at(-1) !== 'file' || names.filter((name) => name === 'file').length > 1) {
    return refuse(400, 'InvalidArgument', 'POST requires exactly one file upload per request, given as the last field.');
  }
  const wrong = Object.entries(target).find(([name, value]) => form.get(name) !== value);
  if (wrong) return refuse(403, 'AccessDenied', `Invalid according to Policy: Policy Condition failed: ["eq", "$${wrong[0]}", "${wrong[1]}"]`);
  const bytes = typeof file === 'string' ? Buffer.from(file) : Buffer.from(await file.arrayBuffer());
  if (bytes.length > MAX_UPLOAD_BYTES) return uploadTooLarge();
  shop.uploads.set(key, bytes);
  let kept = 0;
  for (const upload of shop.uploads.values()) kept += upload.length;
  for (const [oldest, upload] of shop.uploads) {
    if (kept <= KEPT_UPLOADS_BYTES) break;
    kept -= upload.length;
    shop.uploads.delete(oldest);
  }
  return { status: 201, xml: `<?xml version='1.0' encoding='UTF-8'?><PostResponse><Location>/${key}</Location><Key>${key}</Key></PostResponse>` };
}
