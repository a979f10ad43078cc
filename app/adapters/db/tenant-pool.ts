import type pg from 'pg';

type Query = string | { readonly text?: string };
const textOf = (query: Query): string | undefined => (typeof query === 'string' ? query : query.text);

/**
 * The shared pool as one tenant's Prisma client sees it: every transaction and every lone statement begins with `begin`, which sets
 * the tenant for that transaction alone. It owns no connection and no listener of the real pool.
 */
export function tenantPool(pool: pg.Pool, begin: string): pg.Pool {
  const ignore = { value: () => undefined };
  // Created from the pool, so that Prisma's adapter takes it for one (it asks with instanceof).
  return Object.create(pool, {
    on: ignore,
    removeListener: ignore,
    end: { value: async () => undefined },
    connect: { value: async () => tenantConnection(await pool.connect(), begin) },
    query: { value: (query: Query) => loneStatement(pool, begin, query) },
  }) as pg.Pool;
}

/** For Prisma's transactions, which begin with BEGIN on a connection of their own. */
function tenantConnection(client: pg.PoolClient, begin: string): pg.PoolClient {
  let begun = false;
  return Object.create(client, {
    query: {
      value: (query: Query, ...rest: unknown[]) => {
        const send = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
        if (textOf(query) === 'BEGIN') {
          begun = true;
          return send(begin);
        }
        // Prisma begins before anything else; should that change, this fails loudly and not with another tenant's rows.
        if (!begun) return Promise.reject(new Error('A tenant connection was used outside a transaction'));
        return send(query, ...rest);
      },
    },
    on: { value: client.on.bind(client) },
    removeListener: { value: client.removeListener.bind(client) },
    release: { value: (error?: Error | boolean) => client.release(error) },
  }) as pg.PoolClient;
}

/** With a pool in pipeline mode the three go out together; otherwise one after the other. */
async function loneStatement(pool: pg.Pool, begin: string, query: Query): Promise<unknown> {
  const client = await pool.connect();
  let failure: Error | undefined;
  const onError = (error: Error): void => { failure = error; };
  client.on('error', onError);
  try {
    const steps = [begin, query, 'COMMIT'].map((step) => () => client.query(step as string));
    if (client.pipeline) return await together(steps);
    return await inTurn(steps);
  } catch (error) {
    // An error that PostgreSQL told leaves a usable connection: the COMMIT or ROLLBACK after it ended the transaction.
    if (!/^[0-9A-Z]{5}$/.test((error as { code?: string }).code ?? '')) failure ??= error as Error;
    else if (!client.pipeline) await client.query('ROLLBACK').catch((second: Error) => { failure ??= second; });
    throw error;
  } finally {
    client.off('error', onError);
    client.release(failure);
  }
}

type Step = () => Promise<unknown>;

async function together(steps: readonly Step[]): Promise<unknown> {
  const answers = await Promise.allSettled(steps.map((step) => step()));
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (failed) throw failed.reason;
  return (answers[1] as PromiseFulfilledResult<unknown>).value;
}

async function inTurn([begin, statement, commit]: readonly Step[]): Promise<unknown> {
  await begin!();
  const answer = await statement!();
  await commit!();
  return answer;
}
