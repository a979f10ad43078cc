/** Files of bulk operations: result downloads and staged uploads. */
import type { BulkOperation, Shop } from './shop.ts';
import type { Simulator } from './simulator.ts';

/** Shopify keeps results for seven days. */
const RESULT_LIFETIME_MS = 7 * 24 * 3_600_000;
/** A staged file of variables may have at most 100 MB. */
export const MAX_UPLOAD_BYTES = 100 * 1024 * 1024;

/** Where a finished operation's lines are; null when there are none. */
export function bulkResultUrl(sim: Simulator, shop: Shop, operation: BulkOperation): string | null {
  return operation.resultKey && operation.result ? `${sim.origin}/bulk-results/${shop.domain}/${operation.resultKey}.jsonl` : null;
}

/** The bytes behind a result URL; null when there are none or they have expired. */
export function bulkResult(sim: Simulator, shop: Shop, key: string): Buffer | null {
  const operation = shop.bulkOperations.find((candidate) => candidate.resultKey === key);
  if (!operation?.result || operation.completedAt === null) return null;
  return sim.clock.now() - operation.completedAt > RESULT_LIFETIME_MS ? null : operation.result;
}

export interface UploadAnswer {
  status: number;
  xml: string;
}

/** Takes a multipart form as the storage behind stagedUploadsCreate does: the fields of the target, then `file` last. */
export async function acceptUpload(shop: Shop, body: Buffer, contentType: string): Promise<UploadAnswer> {
  const refuse = (status: number, code: string, message: string): UploadAnswer => ({
    status, xml: `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  });
  if (body.length > MAX_UPLOAD_BYTES + 65_536) return refuse(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed object size.');
  let form: FormData;
  try {
    form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  } catch {
    return refuse(400, 'MalformedPOSTRequest', 'The body of your POST request is not well-formed multipart/form-data.');
  }
  const names = [...form.keys()];
  const key = form.get('key');
  const file = form.get('file');
  if (typeof key !== 'string' || !key.startsWith(`tmp/${shop.id}/bulk/`)) return refuse(403, 'AccessDenied', 'Access denied.');
  if (file === null || names.at(-1) !== 'file') return refuse(400, 'InvalidArgument', 'POST requires exactly one file upload per request, given as the last field.');
  if (!form.has('policy') || !form.has('x-goog-signature')) return refuse(403, 'AccessDenied', 'Access denied.');
  shop.uploads.set(key, typeof file === 'string' ? Buffer.from(file) : Buffer.from(await file.arrayBuffer()));
  return { status: 201, xml: `<?xml version='1.0' encoding='UTF-8'?><PostResponse><Location>/${key}</Location><Key>${key}</Key></PostResponse>` };
}
