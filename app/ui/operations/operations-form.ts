import { isProjection, type ProjectionName } from '../../domain/audit/projections.ts';
import { ok, problem, type Result } from '../../domain/kernel/result.ts';

export const OPERATIONS_PATH = '/app/operations';
export const DEAD_LETTER_FILTERS = ['topic', 'aggregate'] as const;
export const DEAD_LETTERS_PAGE = 25;

export type SettleAction = 'retry' | 'discard';

export type OperationsForm =
  | { readonly intent: 'settle'; readonly action: SettleAction; readonly ids?: readonly string[]; readonly topic?: string; readonly aggregate?: string; readonly reason: string }
  | { readonly intent: 'replay'; readonly projection: ProjectionName; readonly mode: 'verify' | 'rebuild' };

const REASON_LENGTH_MAX = 500;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What the Operations screen submits. Errors: malformed `bad_form`, invalid `nothing_chosen`, `reason_missing`. */
export function readOperationsForm(form: FormData): Result<OperationsForm> {
  const text = (name: string) => String(form.get(name) ?? '').trim();
  const bad = () => problem('malformed', 'bad_form', 'This is not something Operations can do. Reload the page.');
  if (text('intent') === 'replay') {
    const [projection, mode] = [text('projection'), text('mode')];
    return isProjection(projection) && (mode === 'verify' || mode === 'rebuild') ? ok({ intent: 'replay', projection, mode }) : bad();
  }
  const action = text('action');
  if (text('intent') !== 'settle' || (action !== 'retry' && action !== 'discard')) return bad();
  const reason = text('reason').slice(0, REASON_LENGTH_MAX);
  if (action === 'discard' && reason === '') return problem('invalid', 'reason_missing', 'Say why these messages are discarded: the audit keeps it.');
  const ids = text('ids').split(',').filter((id) => ID.test(id));
  if (ids.length > 0) return ok({ intent: 'settle', action, ids, reason });
  const filter = Object.fromEntries(DEAD_LETTER_FILTERS.map((name) => [name, text(name)]).filter(([, value]) => value !== ''));
  return Object.keys(filter).length > 0 ? ok({ intent: 'settle', action, ...filter, reason }) : problem('invalid', 'nothing_chosen', 'Choose at least one message.');
}
