import type { BusTopic, DeadLetterAction, DeadLetterFilter, Journal, OutboxRow } from '../../../ports/journal.ts';
import { decodeCursor, page } from './cursor.ts';
import type { ListScope } from './cursor.ts';
import { many, one } from './rows.ts';
import type { Sql } from './rows.ts';

const COLUMNS = 'id, event_id, event_seq, topic, aggregate, state, attempts, error, run_at, created_at, finished_at';
/** As the index of messages that ended badly is cut. */
const DEAD = `finished_at is not null and error is not null and state = 'dead'`;
const FITS = `($1::text is null or topic = $1) and ($2::text is null or aggregate = $2) and ($3::timestamptz is null or created_at >= $3) and ($4::timestamptz is null or created_at < $4)`;
/** The reason of the last failure stays until it is told: so long it counts as not told, whatever came after it. */
const SETTLE: Readonly<Record<DeadLetterAction, string>> = {
  retry: `state = 'ready', attempts = 0, run_at = $1, finished_at = null`,
  discard: `state = 'discarded', finished_at = $1`,
};

const params = ({ topic, aggregate, from, to }: DeadLetterFilter): unknown[] => [topic ?? null, aggregate ?? null, from ?? null, to ?? null];

type DeadLetters = Pick<Journal, 'message' | 'deadLetters' | 'retryDeadLetter' | 'discardDeadLetter' | 'settleDeadLetters' | 'countDeadLetters' | 'busTopics'>;

export function deadLetters(sql: Sql): DeadLetters {
  const settleOne = (action: DeadLetterAction, id: string, now: Date): Promise<OutboxRow | null> =>
    one<OutboxRow>(sql, `update outbox set ${SETTLE[action]} where id = $2 and state = 'dead' returning ${COLUMNS}`, [now, id]);
  return {
    message: (id) => one<OutboxRow>(sql, `select ${COLUMNS} from outbox where id = $1`, [id]),
    async deadLetters({ limit, cursor }, filter = {}) {
      const scope: ListScope = { list: 'dead letters', filter, parts: ['uuid'] };
      const after = decodeCursor(cursor, scope);
      const rows = await many<OutboxRow>(sql,
        `select ${COLUMNS} from outbox where ${DEAD} and ${FITS} and ($5::uuid is null or id < $5) order by id desc limit $6`, [...params(filter), after?.[0] ?? null, limit + 1]);
      return page(rows, limit, scope, (row) => [row.id]);
    },
    retryDeadLetter: (id, now) => settleOne('retry', id, now),
    discardDeadLetter: (id, now) => settleOne('discard', id, now),
    async settleDeadLetters(action, which, now) {
      const ids = 'ids' in which ? which.ids
        : (await many<{ id: string }>(sql, `select id from outbox where ${DEAD} and ${FITS} order by id limit $5`, [...params(which.filter), which.limit])).map(({ id }) => id);
      return many<OutboxRow>(sql, `update outbox set ${SETTLE[action]} where id = any($2::uuid[]) and state = 'dead' returning ${COLUMNS}`, [now, ids]);
    },
    async countDeadLetters(filter) {
      const row = await one<{ count: number }>(sql, `select count(*)::int as count from outbox where ${DEAD} and ${FITS}`, params(filter));
      return row?.count ?? 0;
    },
    busTopics: () => many<BusTopic>(sql,
      `select m.topic, count(*) filter (where m.open)::int as pending,
              count(*) filter (where m.open and m.attempts > case m.state when 'leased' then 1 else 0 end)::int as retrying, count(*) filter (where not m.open)::int as dead,
              greatest(0, coalesce(extract(epoch from clock_timestamp() - min(m.run_at) filter (where m.open)) * 1000, 0))::float8 as lag_ms,
              greatest(0, coalesce(extract(epoch from clock_timestamp() - min(m.created_at) filter (where m.open)) * 1000, 0))::float8 as age_ms
         from (select topic, state, attempts, run_at, created_at, true as open from outbox where finished_at is null
               union all select topic, state, attempts, run_at, created_at, false from outbox where ${DEAD}) m
        group by m.topic order by m.topic`),
  };
}
