/** Errors of the Admin API in the words Shopify uses (its server is graphql-ruby, whose wording differs from graphql-js). */
import { GraphQLError } from 'graphql';

export const SIM_NOT_IMPLEMENTED = 'SIM_NOT_IMPLEMENTED';

/** The loud refusal of what this simulator does not do. */
export function notSimulated(what: string): GraphQLError {
  return new GraphQLError(`[simulator] ${what} is not simulated`, { extensions: { code: SIM_NOT_IMPLEMENTED, field: what } });
}

export function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } });
}

/** `Access denied for products field. Required access: ...` */
export function accessDenied(field: string, requiredAccess: string): GraphQLError {
  return new GraphQLError(`Access denied for ${field} field. Required access: ${requiredAccess}`, {
    extensions: { code: 'ACCESS_DENIED', documentation: 'https://shopify.dev/api/usage/access-scopes', requiredAccess },
  });
}

export interface WireError {
  message: string;
  locations?: readonly { line: number; column: number }[];
  path?: readonly (string | number)[];
  extensions?: Record<string, unknown>;
}

/** What Shopify says when something broke on its side. */
export function internalError(requestId: string): WireError {
  return {
    message: `Internal error. Looks like something went wrong on our end.\nRequest ID: ${requestId} (include this in support requests).`,
    extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
  };
}

/** The answer to a document that cannot be parsed. */
export function parseError(error: GraphQLError): WireError {
  const at = error.locations?.[0];
  const where = at ? ` at [${at.line}, ${at.column}]` : '';
  return {
    message: `${error.message.replace(/^Syntax Error: /, 'syntax error, ').replace(/\.$/, '')}${where}`,
    ...(error.locations ? { locations: error.locations } : {}),
    extensions: { code: 'PARSE_ERROR' },
  };
}

type Rewrite = [RegExp, (match: RegExpExecArray) => { message: string; extensions: Record<string, unknown> }];

const REWRITES: Rewrite[] = [
  [/^Cannot query field "(\w+)" on type "(\w+)"/, ([, field, type]) => ({
    message: `Field '${field}' doesn't exist on type '${type}'`, extensions: { code: 'undefinedField', typeName: type, fieldName: field },
  })],
  [/^Unknown argument "(\w+)" on field "(\w+)\.(\w+)"/, ([, argument, type, field]) => ({
    message: `Field '${field}' doesn't accept argument '${argument}'`,
    extensions: { code: 'argumentNotAccepted', name: field, typeName: 'Field', argumentName: argument, parentType: type },
  })],
  [/^Field "(\w+)" argument "(\w+)" of type "[^"]+" is required/, ([, field, argument]) => ({
    message: `Field '${field}' is missing required arguments: ${argument}`,
    extensions: { code: 'missingRequiredArguments', className: 'Field', name: field, arguments: argument },
  })],
  [/^Field "(\w+)" of type "([^"]+)" must have a selection of subfields/, ([, field, type]) => ({
    message: `Field must have selections (field '${field}' returns ${type?.replace(/[[\]!]/g, '')} but has no selections. Did you mean '${field} { ... }'?)`,
    extensions: { code: 'selectionMismatch', nodeName: `field '${field}'`, typeName: type?.replace(/[[\]!]/g, '') },
  })],
  [/^Field "(\w+)" must not have a selection since type "([^"]+)" has no subfields/, ([, field, type]) => ({
    message: `Selections can't be made on scalars (field '${field}' returns ${type?.replace(/[[\]!]/g, '')} but has selections)`,
    extensions: { code: 'selectionMismatch', nodeName: `field '${field}'`, typeName: type?.replace(/[[\]!]/g, '') },
  })],
  [/^Unknown type "(\w+)"/, ([, type]) => ({ message: `${type} isn't a defined input type`, extensions: { code: 'undefinedType', typeName: type } })],
  [/^Variable "\$(\w+)" is never used(?: in operation "(\w+)")?/, ([, name, operation]) => ({
    message: `Variable $${name} is declared by ${operation ?? 'anonymous query'} but not used`, extensions: { code: 'variableNotUsed', variableName: name },
  })],
  [/^Variable "\$(\w+)" is not defined(?: by operation "(\w+)")?/, ([, name, operation]) => ({
    message: `Variable $${name} is used by ${operation ?? 'anonymous query'} but not declared`, extensions: { code: 'variableNotDefined', variableName: name },
  })],
  [/^Variable "\$(\w+)" of type "([^"]+)" used in position expecting type "([^"]+)"/, ([, name, type, expected]) => ({
    message: `Type mismatch on variable $${name} (${type} / ${expected})`, extensions: { code: 'variableMismatch', variableName: name, typeName: type },
  })],
  [/^Unknown fragment "(\w+)"/, ([, name]) => ({ message: `Fragment ${name} was used, but not defined`, extensions: { code: 'useAndDefineFragment', fragmentName: name } })],
  [/^Fragment "(\w+)" is never used/, ([, name]) => ({ message: `Fragment ${name} was defined, but not used`, extensions: { code: 'useAndDefineFragment', fragmentName: name } })],
];

/** A validation error of graphql-js in graphql-ruby's words and codes. */
export function validationError(error: GraphQLError, rootPath: string): WireError {
  for (const [pattern, rewrite] of REWRITES) {
    const match = pattern.exec(error.message);
    if (match) return { ...rewrite(match), path: [rootPath], ...(error.locations ? { locations: error.locations } : {}) };
  }
  return { message: error.message, path: [rootPath], ...(error.locations ? { locations: error.locations } : {}), extensions: { code: 'argumentLiteralsIncompatible' } };
}

/** A variable whose value does not fit its type: INVALID_VARIABLE with the path of the problem. */
export function variableError(error: GraphQLError): WireError {
  const match = /^Variable "\$(\w+)" (?:got invalid value ([\s\S]*?)(?: at "\1([^"]*)")?; ([\s\S]*)|of (?:required|non-null) type "([^"]+)" (.*))$/.exec(error.message);
  const name = match?.[1] ?? '';
  const path = (match?.[3] ?? '').split(/[.[\]]/).filter(Boolean).map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  const explanation = (match?.[4] ?? 'Expected value to not be null').replace(/^Expected type "\w+"\. /, '').replace(/\.$/, '');
  const where = path.length > 0 ? ` for ${path.join('.')} (${explanation})` : ` (${explanation})`;
  return {
    message: name ? `Variable $${name} was provided invalid value${where}` : error.message,
    ...(error.locations ? { locations: error.locations } : {}),
    extensions: { code: 'INVALID_VARIABLE', problems: [{ path, explanation }] },
  };
}
