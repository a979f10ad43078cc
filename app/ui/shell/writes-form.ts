import type { WriteSwitch } from '@calibr/types';
import { ok, problem, type Problem, type Result } from '../../domain/kernel/result.ts';
import type { Role } from '../words/role-words.ts';

/** Where the switch is asked for and turned. */
export const WRITES_PATH = '/app/writes';

/** Whoever may apply may stop; only an administrator lets everything go on. */
export const WRITES_ROLES = { stop: 'approver', resume: 'admin' } as const satisfies Record<string, Role>;

export interface WritesNow {
  readonly writes: WriteSwitch;
  readonly role: Role;
  readonly timeZone: string;
}

export type WritesAnswer = { readonly problem: Problem } | { readonly done: string };

export interface WritesForm {
  readonly intent: keyof typeof WRITES_ROLES;
  readonly role: Role;
  readonly reason: string | null;
}

const REASON_LENGTH_MAX = 500;

/** What is submitted to the switch. Errors: malformed `bad_form`. */
export function readWritesForm(form: FormData): Result<WritesForm> {
  const intent = form.get('intent');
  if (intent !== 'stop' && intent !== 'resume') return problem('malformed', 'bad_form', 'Writes can be stopped or resumed. Reload the page.');
  const reason = form.get('reason');
  return ok({ intent, role: WRITES_ROLES[intent], reason: (typeof reason === 'string' && reason.trim().slice(0, REASON_LENGTH_MAX)) || null });
}
