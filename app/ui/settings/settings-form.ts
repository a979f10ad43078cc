import type { ApiScope } from '@calibr/types';
import { ok, problem, type Result } from '../../domain/kernel/result.ts';
import { ROLES, type Role } from '../words/role-words.ts';
import { OFFERED_SCOPES } from './scope-words.ts';

export type SettingsForm =
  | { readonly intent: 'createToken'; readonly name: string; readonly scopes: readonly ApiScope[] }
  | { readonly intent: 'revokeToken'; readonly id: string }
  | { readonly intent: 'saveMember'; readonly userId: string; readonly name: string; readonly role: Role }
  | { readonly intent: 'savePolicies'; readonly policies: unknown }
  | { readonly intent: 'checkConnector'; readonly name: string };

const NAME_LENGTH_MAX = 100;

function readScopes(text: string): readonly ApiScope[] {
  try {
    const wanted: unknown = JSON.parse(text);
    return Array.isArray(wanted) ? OFFERED_SCOPES.map(({ scope }) => scope).filter((scope) => wanted.includes(scope)) : [];
  } catch {
    return [];
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the Settings screen submits. Errors: malformed `bad_form`, invalid `name_missing`, `scopes_missing`. */
export function readSettingsForm(form: FormData): Result<SettingsForm> {
  const text = (name: string) => String(form.get(name) ?? '').trim();
  switch (text('intent')) {
    case 'createToken': {
      const name = text('name').slice(0, NAME_LENGTH_MAX);
      const scopes = readScopes(text('scopes'));
      if (name === '') return problem('invalid', 'name_missing', 'Give the token a name.');
      if (scopes.length === 0) return problem('invalid', 'scopes_missing', 'Choose at least one thing that the token may do.');
      return ok({ intent: 'createToken', name, scopes });
    }
    case 'revokeToken':
      return ok({ intent: 'revokeToken', id: text('id') });
    case 'saveMember': {
      const role = ROLES.find((one) => one === text('role'));
      return role && text('userId') ? ok({ intent: 'saveMember', userId: text('userId'), name: text('name').slice(0, NAME_LENGTH_MAX), role }) : problem('malformed', 'bad_form', 'The role could not be read. Reload the page.');
    }
    case 'savePolicies': {
      const policies = readJson(text('policies'));
      return policies === undefined ? problem('malformed', 'bad_form', 'The policies could not be read. Reload the page.') : ok({ intent: 'savePolicies', policies });
    }
    case 'checkConnector':
      return ok({ intent: 'checkConnector', name: text('name') });
    default:
      return problem('malformed', 'bad_form', 'This is not something the settings can do. Reload the page.');
  }
}
