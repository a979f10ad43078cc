/** Access scopes, answered from the schema's own data. */
import { getNamedType, isObjectType } from 'graphql';
import type { GraphQLObjectType } from 'graphql';
import type { ResolverContext } from './context.ts';

/** Answers to "may this set of scopes read this field?", kept between requests. */
const answers = new Map<string, Map<string, string | null>>();

/** What a context needs to know of the scopes that the app has now. */
export function accessOf(version: string, scopes: string[]): Pick<ResolverContext, 'granted' | 'access'> {
  const key = `${version} ${scopes.join(',')}`;
  let access = answers.get(key);
  if (!access) answers.set(key, (access = new Map()));
  return { granted: new Set(scopes), access };
}

/** The wording of what is missing to read this field; null when access is given. */
export function requirement(parent: GraphQLObjectType, fieldName: string, context: ResolverContext): string | null {
  const key = `${parent.name}.${fieldName}`;
  const known = context.access.get(key);
  if (known !== undefined) return known;
  const field = context.admin.requires.get(key);
  const definition = parent.getFields()[fieldName];
  const named = definition ? getNamedType(definition.type) : null;
  const type = isObjectType(named) ? context.admin.requires.get(nodeTypeName(named)) : undefined;
  const missing = [field, type].find((needed) => needed && !needed.anyOf.some((scope) => holds(context.granted, scope)));
  const answer = missing ? missing.text : null;
  context.access.set(key, answer);
  return answer;
}

/** Objects reached through an interface (node, nodes) are guarded by their own type. */
export function accessToType(typeName: string, context: ResolverContext): string | null {
  const needed = context.admin.requires.get(typeName);
  return needed && !needed.anyOf.some((scope) => holds(context.granted, scope)) ? needed.text : null;
}

function holds(granted: ReadonlySet<string>, scope: string): boolean {
  return granted.has(scope) || (scope.startsWith('read_') && granted.has(`write_${scope.slice(5)}`));
}

function nodeTypeName(type: GraphQLObjectType): string {
  if (!type.name.endsWith('Connection')) return type.name;
  const nodes = type.getFields()['nodes'];
  return nodes ? getNamedType(nodes.type).name : type.name;
}
