import type { MemberRow, MemberStore } from '../../../ports/member-store.ts';
import { many } from './rows.ts';
import type { Sql } from './rows.ts';

const everybody = 'select user_id, name, role, last_seen_at from members order by created_at, user_id';

export function memberStore(sql: Sql): MemberStore {
  return {
    list: () => many<MemberRow>(sql, everybody),
    hold: () => many<MemberRow>(sql, `${everybody} for update`),
    async change(userId, { name, role }) {
      await sql.query('update members set name = $2, role = $3 where user_id = $1', [userId, name, role]);
    },
  };
}
