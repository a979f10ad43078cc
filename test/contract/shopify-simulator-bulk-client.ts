/** What an app does to run a bulk mutation: stage, upload, start, ask, download. */
import { eventually } from './shopify-simulator-client.ts';
import type { Json, SimulatorClient } from './shopify-simulator-client.ts';

const STAGE = 'mutation S($input: [StagedUploadInput!]!) { stagedUploadsCreate(input: $input) { stagedTargets { url resourceUrl parameters { name value } } userErrors { field message } } }';
const WRITE = 'mutation W($productId: ID!, $variants: [ProductVariantsBulkInput!]!) { productVariantsBulkUpdate(productId: $productId, variants: $variants, allowPartialUpdates: true) { productVariants { id price compareAtPrice } userErrors { field message code } } }';
const RUN = 'mutation R($mutation: String!, $path: String!, $clientIdentifier: String) { bulkOperationRunMutation(mutation: $mutation, stagedUploadPath: $path, clientIdentifier: $clientIdentifier) { bulkOperation { id status type } userErrors { field message code } } }';
const STATUS = 'query Status($id: ID!) { bulkOperation(id: $id) { id status type errorCode objectCount rootObjectCount fileSize url partialDataUrl createdAt completedAt query } }';

/** A target for a file of variables. */
export async function stageFile(client: SimulatorClient): Promise<Json> {
  const { stagedUploadsCreate } = await client.data(STAGE, { input: [{ resource: 'BULK_MUTATION_VARIABLES', filename: 'prices.jsonl', mimeType: 'text/jsonl', httpMethod: 'POST' }] });
  return stagedUploadsCreate.stagedTargets[0];
}

/** Stages the file and starts the mutation; the payload of bulkOperationRunMutation. */
export async function runBulk(client: SimulatorClient, file: string, over: { mutation?: string; path?: string; clientIdentifier?: string } = {}): Promise<Json> {
  const target = await stageFile(client);
  const form = new FormData();
  for (const { name, value } of target.parameters) form.append(name, value);
  form.append('file', new Blob([file]), 'prices.jsonl');
  const { status } = await fetch(target.url, { method: 'POST', body: form });
  if (status !== 201) throw new Error(`the upload was answered ${status}`);
  const key = target.parameters.find(({ name }: Json) => name === 'key').value;
  const variables = { mutation: over.mutation ?? WRITE, path: over.path ?? key, clientIdentifier: over.clientIdentifier };
  return (await client.data(RUN, variables)).bulkOperationRunMutation;
}

/** One line for each of the first products: its first variant at 11.00. */
export async function writeLines(client: SimulatorClient, products: number): Promise<string> {
  const { products: found } = await client.data('query P($first: Int!) { products(first: $first) { nodes { id variants(first: 1) { nodes { id } } } } }', { first: products });
  return found.nodes.map(({ id, variants }: Json) => JSON.stringify({ productId: id, variants: [{ id: variants.nodes[0].id, price: '11.00' }] })).join('\n');
}

/** The operation, as soon as it is as wanted. */
export async function bulkUntil(client: SimulatorClient, id: string, wanted: (operation: Json) => boolean): Promise<Json> {
  return eventually(async () => {
    const { bulkOperation } = await client.data(STATUS, { id });
    return wanted(bulkOperation) && bulkOperation;
  }, 15_000);
}

/** The lines of a result, as they came. */
export async function bulkLines(url: string): Promise<Json[]> {
  const text = await (await fetch(url)).text();
  return text.trimEnd().split('\n').map((line) => JSON.parse(line));
}
