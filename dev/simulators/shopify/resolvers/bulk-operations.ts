/** Bulk operations as GraphQL sees them: starting, reading, cancelling, and staging the upload. */
import { randomUUID } from 'node:crypto';
import { finishBulkOperation, startBulkMutation, startBulkQuery } from '../bulk-runner.ts';
import { bulkResultUrl } from '../bulk-files.ts';
import { dateTime } from '../clock.ts';
import { paginate } from '../connection.ts';
import { gid, idOf } from '../gid.ts';
import { notSimulated } from '../graphql-errors.ts';
import { compileSearch, numberTest, textTest, timeTest } from '../search-query.ts';
import type { BulkOperation } from '../shop.ts';
import type { ResolverContext, ResolverTable } from './context.ts';

function stagedTarget(input: { resource: string; filename: string; mimeType: string; httpMethod?: string }, context: ResolverContext): unknown {
  if (input.resource !== 'BULK_MUTATION_VARIABLES') throw notSimulated(`stagedUploadsCreate for ${input.resource}`);
  if ((input.httpMethod ?? 'PUT') !== 'POST') throw notSimulated('stagedUploadsCreate with httpMethod PUT');
  const key = `tmp/${context.shop.id}/bulk/${randomUUID()}/${input.filename}`;
  const parameters = {
    'Content-Type': input.mimeType, success_action_status: '201', acl: 'private', key,
    'x-goog-date': `${dateTime(context.sim.clock.now()).replace(/[-:]/g, '')}`, 'x-goog-algorithm': 'GOOG4-RSA-SHA256',
    'x-goog-signature': randomUUID().replaceAll('-', ''), policy: Buffer.from(JSON.stringify({ key })).toString('base64'),
  };
  return {
    url: `${context.sim.origin}/staged-uploads/${context.shop.domain}`,
    resourceUrl: null,
    parameters: Object.entries(parameters).map(([name, value]) => ({ name, value })),
  };
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
          status: textTest((operation) => operation.status),
          operation_type: textTest((operation) => operation.type),
          created_at: timeTest((operation) => operation.createdAt, () => context.sim.clock.now()),
        },
      }),
    }),
  },
  Mutation: {
    bulkOperationRunQuery: (_root, args, context) => startBulkQuery(args.query, args.groupObjects, context),
    bulkOperationRunMutation: (_root, args, context) => startBulkMutation(args.mutation, args.stagedUploadPath, context),
    bulkOperationCancel: (_root, args, context) => {
      const operation = context.shop.bulkOperations.find((candidate) => candidate.id === idOf(args.id, 'BulkOperation'));
      if (!operation) return { bulkOperation: null, userErrors: [{ field: ['id'], message: 'Bulk operation does not exist' }] };
      if (operation.status !== 'CREATED' && operation.status !== 'RUNNING') {
        return { bulkOperation: operation, userErrors: [{ field: null, message: `A bulk operation cannot be canceled when it is ${operation.status.toLowerCase()}` }] };
      }
      operation.status = 'CANCELING';
      // The runner notices and ends it with what there is; one that has not begun is ended here.
      context.sim.clock.after(context.sim.config.bulkDelayMs + 1_000, () => {
        if (operation.status === 'CANCELING') finishBulkOperation(context, operation, 'CANCELED');
      });
      return { bulkOperation: operation, userErrors: [] };
    },
    stagedUploadsCreate: (_root, args, context) => ({
      stagedTargets: args.input.map((input: { resource: string; filename: string; mimeType: string; httpMethod?: string }) => stagedTarget(input, context)),
      userErrors: [],
    }),
  },
  BulkOperation: {
    id: (operation: BulkOperation) => gid('BulkOperation', operation.id),
    type: (operation: BulkOperation) => operation.type,
    status: (operation: BulkOperation) => operation.status,
    query: (operation: BulkOperation) => operation.query,
    errorCode: (operation: BulkOperation) => operation.errorCode,
    createdAt: (operation: BulkOperation) => dateTime(operation.createdAt),
    completedAt: (operation: BulkOperation) => (operation.completedAt === null ? null : dateTime(operation.completedAt)),
    objectCount: (operation: BulkOperation) => String(operation.objectCount),
    rootObjectCount: (operation: BulkOperation) => String(operation.rootObjectCount),
    fileSize: (operation: BulkOperation) => (operation.result && !operation.partial ? String(operation.result.length) : null),
    url: (operation: BulkOperation, _args, context) => (operation.partial ? null : bulkResultUrl(context.sim, context.shop, operation)),
    partialDataUrl: (operation: BulkOperation, _args, context) => (operation.partial ? bulkResultUrl(context.sim, context.shop, operation) : null),
  },
};
