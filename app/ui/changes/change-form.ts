import type { ConflictChoice } from '@calibr/types';
import { ok, problem, type Result } from '../../domain/kernel/result.ts';
import type { Role } from '../words/role-words.ts';
import { INTENT_WORDS, INTENT_ROLES, type ChangeIntent } from './change-actions.ts';

const CHOICES: readonly ConflictChoice[] = ['keep_live', 'write_ours', 'new_baseline'];

export interface ChangeForm {
  readonly intent: ChangeIntent | 'resolve';
  /** The least role that may do it. */
  readonly role: Role;
  readonly comment: string | null;
  readonly planHash: string;
  /** Rows to roll back; null for all. */
  readonly itemIds: readonly string[] | null;
  readonly itemId: string;
  readonly choice: ConflictChoice;
  /** The schedule to run by; null for any other intent. */
  readonly schedule: unknown;
  /** A first part to write before the rest, as the flow takes it; empty for everything at once. */
  readonly first: { readonly canaryPercent?: string; readonly canaryContinue?: string };
}

const broken = (): Result<never> => problem('malformed', 'bad_form', 'This is not something that can be done with a price change. Reload the page.');

function readIds(text: string): readonly string[] | null {
  try {
    const ids: unknown = JSON.parse(text);
    return Array.isArray(ids) && ids.length > 0 && ids.every((id) => typeof id === 'string') ? ids : null;
  } catch {
    return null;
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** What the page of a price change submits. Errors: malformed `bad_form`. */
export function readChangeForm(form: FormData): Result<ChangeForm> {
  const text = (name: string) => {
    const value = form.get(name);
    return typeof value === 'string' ? value : '';
  };
  const intent = text('intent');
  const resolve = intent === 'resolve';
  if (!resolve && !Object.hasOwn(INTENT_WORDS, intent)) return broken();
  const choice = CHOICES.find((known) => known === text('choice'));
  if (resolve && (!choice || text('itemId') === '')) return broken();
  const itemIds = form.has('itemIds') ? readIds(text('itemIds')) : null;
  // A list that cannot be read must never become "all rows".
  if (form.has('itemIds') && itemIds === null) return broken();
  const schedule = intent === 'schedule' ? readJson(text('schedule')) : null;
  if (intent === 'schedule' && schedule === null) return broken();
  return ok({
    intent: intent as ChangeForm['intent'],
    role: resolve ? 'approver' : INTENT_ROLES[intent as ChangeIntent],
    comment: text('comment').trim() || null,
    planHash: text('planHash'),
    itemIds,
    itemId: text('itemId'),
    choice: choice ?? 'keep_live',
    schedule,
    first: form.has('canaryPercent') ? { canaryPercent: text('canaryPercent'), canaryContinue: text('canaryContinue') || 'manual' } : {},
  });
}
