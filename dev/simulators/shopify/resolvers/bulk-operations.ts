/** Bulk operations as GraphQL sees them: starting, reading, cancelling, and staging the upload. */
import { randomUUID } from 'node:crypto';
import { bulkResultUrl, isExpired } from '../bulk-files.ts';
import { cancelBulkOperation } from '../bulk-lifecycle.ts';
import { startBulkMutation } from '../bulk-mutation-run.ts';
import { startBulkQuery } from '../bulk-query-run.ts';
import { dateTime } from '../clock.ts';
import { paginate } from '../connection.ts';
import { gid, idOf } from '../gid.ts';
import { notSimulated } from '../graphql-errors.ts';
import { compileSearch, numberTest, textTest, timeTest } from '../search-query.ts';
import type { BulkOperation, BulkStatus } from '../shop.ts';
import type { ResolverContext, ResolverTable } from './context.ts';

/** Targets that can be uploaded to: the newest. */
const KEPT_TARGETS = 10_000;

interface StagedUploadInput { resource: string; filename: string; mimeType: string; httpMethod?: string }

/** One target for each input, or the errors of those that cannot have one. */
function stagedUploadsCreate(inputs: StagedUploadInput[], context: ResolverContext): unknown {
  const userErrors = inputs.flatMap((input, index) => {
    if (input.resource !== 'BULK_MUTATION_VARIABLES') throw notSimulated(`stagedUploadsCreate for ${input.resource}`);
    if ((input.httpMethod ?? 'PUT') !== 'POST') throw notSimulated('stagedUploadsCreate with httpMethod PUT');
    const at = (field: string, message: string) => ({ field: ['input', String(index), field], message });
    if (input.filename.trim() === '' || /[/\\]/.test(input.filename)) return [at('filename', 'Filename is invalid')];
    return input.mimeType === 'text/jsonl' ? [] : [at('mimeType', 'Mime type is not recognized')];
  });
  if (userErrors.length > 0) return { stagedTargets: null, userErrors };
  return { stagedTargets: inputs.map((input) => stagedTarget(input, context)), userErrors };
}

function stagedTarget(input: StagedUploadInput, { shop, sim }: ResolverContext): unknown {
  const key = `tmp/${shop.id}/bulk/${randomUUID()}/${input.filename}`;
  const parameters = {
    'Content-Type': input.mimeType, success_action_status: '201', acl: 'private', key,
    'x-goog-date': dateTime(sim.clock.now()).replace(/[-:]/g, ''), 'x-goog-credential': 'simulator/auto/storage/goog4_request',
    'x-goog-algorithm': 'GOOG4-RSA-SHA256', 'x-goog-signature': randomUUID().replaceAll('-', ''), policy: Buffer.from(JSON.stringify({ key })).toString('base64'),
  };
  shop.uploadTargets.set(key, parameters);
  if (shop.uploadTargets.size > KEPT_TARGETS) shop.uploadTargets.delete(shop.uploadTargets.keys().next().value as string);
  return {
    url: `${sim.origin}/staged-uploads/${shop.domain}`,
    resourceUrl: null,
    parameters: Object.entries(parameters).map(([name, value]) => ({ name, value })),
  };
}

/** EXPIRED is what a completed operation becomes when its URL ends. */
function statusOf(operation: BulkOperation, { sim }: ResolverContext): BulkStatus {
  return operation.status === 'COMPLETED' && operation.resultKey && isExpired(operation, sim.clock.now()) ? 'EXPIRED' : operation.status;
}

export const bulkOperationTypes: ResolverTable = {
  QueryRoot: {
    bulkOperation: (_root, args, context) => context.shop.bulkOperations.find((operation) => operation.id === idOf(args.id, 'BulkOperation')) ?? null,
    currentBulkOperation: (_root, args, context) => context.shop.bulkOperations.filter((operation) => operation.type === args.type).at(-1) ?? null,
    bulkOperations: (_root, args, context) => paginate<BulkOperation>(args.reverse ? { ...args, reverse: false } : { ...args, reverse: true }, {
      list: context.shop.bulkOperations, id: (operation) => operation.id,
      sort: args.sortKey === 'COMPLETED_AT' ? (operation) => operation.completedAt ?? Number.MAX_SAFE_INTEGER : (operation) => operation.createdAt,
      filter: compileSearch<BulkOperation>(args.query, {
        where: 'bulkOperations(query:)', text: () => [],
        fields: {
          id: numberTest((operation) => operation.id),
          status: textTest((operation) => statusOf(operation, context)),
          operation_type: textTest((operation) => operation.type),
          created_at: timeTest((operation) => operation.createdAt, () => context.sim.clock.now()),
        },
      }),
    }),
  },
  Mutation: {
    bulkOperationRunQuery: (_root, args, context) => startBulkQuery(args.query, args.groupObjects, context),
    bulkOperationRunMutation: (_root, args, context) => startBulkMutation(args, context),
    bulkOperationCancel: (_root, args, context) => {
      const operation = context.shop.bulkOperations.find((candidate) => candidate.id === idOf(args.id, 'BulkOperation'));
      if (!operation) return { bulkOperation: null, userErrors: [{ field: ['id'], message: 'Bulk operation does not exist' }] };
      const problem = cancelBulkOperation(operation);
      return { bulkOperation: operation, userErrors: problem === null ? [] : [{ field: null, message: problem }] };
    },
    stagedUploadsCreate: (_root, args, context) => stagedUploadsCreate(args.input, context),
  },
  BulkOperation: {
    id: (operation: BulkOperation) => gid('BulkOperation', operation.id),
    type: (operation: BulkOperation) => operation.type,
    status: (operation: BulkOperation, _args, context) => statusOf(operation, context),
    query: (operation: BulkOperation) => operation.query,
    errorCode: (operation: BulkOperation) => operation.errorCode,
    createdAt: (operation: BulkOperation) => dateTime(operation.createdAt),
    completedAt: (operation: BulkOperation) => (operation.completedAt === null ? null : dateTime(operation.completedAt)),
    objectCount: (operation: BulkOperation) => String(operation.objectCount),
    rootObjectCount: (operation: BulkOperation) => String(operation.rootObjectCount),
    fileSize: (operation: BulkOperation) => (operation.result && !operation.partial ? String(operation.result.bytes) : null),
    url: (operation: BulkOperation, _args, context) => (operation.partial ? null : bulkResultUrl(context.sim, context.shop, operation)),
    partialDataUrl: (operation: BulkOperation, _args, context) => (operation.partial ? bulkResultUrl(context.sim, context.shop, operation) : null),
  },
};
