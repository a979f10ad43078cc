import type { ChannelFailure, ChannelResult, ChannelShop } from '../../ports/price-channel.ts';
import type { AdminApi } from './admin-api.ts';
import { channelFailure } from './admin-api.ts';
import { ExportUnreadable } from '../../ports/catalog-source.ts';
import { failureOf, sanitize } from './failures.ts';
import { StagedUploadCreateDocument } from './generated/admin-documents.ts';
import { fileAddress } from './result-download.ts';

export interface UploadLimits {
  readonly fetch: typeof fetch;
  readonly uploadTimeoutMs: number;
}

/**
 * Puts a JSONL file where a bulk mutation finds it; the path is what `bulkOperationRunMutation` wants. Changes nothing in the shop, so
 * that whatever goes wrong is `unavailable`, but for access that is gone.
 */
export async function stageUpload(
  api: AdminApi, { fetch, uploadTimeoutMs }: UploadLimits, shop: ChannelShop, filename: string, content: Blob, timing: { timeoutMs: number; deadline: number },
): Promise<ChannelResult<{ readonly path: string }>> {
  const answer = await api.call(shop, {
    name: 'StagedUploadCreate', document: StagedUploadCreateDocument, isWrite: false, size: 1, ...timing,
    variables: { input: [{ resource: 'BULK_MUTATION_VARIABLES', filename, mimeType: 'text/jsonl', httpMethod: 'POST' }] },
  });
  if (!answer.ok) return channelFailure(answer.failure);
  const payload = answer.data.stagedUploadsCreate;
  const target = payload?.stagedTargets?.[0];
  const path = target?.parameters.find(({ name }) => name === 'key')?.value;
  const refused = (detail: string, more: Partial<ChannelFailure> = {}): { ok: false; failure: ChannelFailure } => ({ ok: false, failure: { kind: 'unavailable', detail, ...more } });
  if (!target?.url || !path) return refused(`Shopify gave no place for the upload${payload?.userErrors[0] ? `: ${sanitize(payload.userErrors[0].message)}` : ''}`);
  const form = new FormData();
  for (const { name, value } of target.parameters) form.append(name, value);
  // The file comes last: the store takes no field behind it.
  form.append('file', content, filename);
  try {
    // The address carries its own signature: our token is not for the file store.
    const response = await fetch(fileAddress(target.url), { method: 'POST', body: form, redirect: 'manual', signal: AbortSignal.timeout(uploadTimeoutMs) });
    await response.body?.cancel();
    if (response.status >= 200 && response.status < 300) return { ok: true, value: { path }, requestId: answer.requestId };
    return refused(`The file store answered the upload with ${response.status}`);
  } catch (error) {
    if (error instanceof ExportUnreadable) return refused('The address of the upload is not one to upload to');
    return refused(failureOf({ isWrite: false, requestId: null, thrown: error }).detail.replaceAll('Shopify', 'The file store'));
  }
}
