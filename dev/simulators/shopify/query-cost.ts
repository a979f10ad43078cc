/**
 * The calculated cost of a query, in points.
 *
 * Documented by Shopify (usage/limits): object 1, scalar and enum 0, mutation 10, `productVariantsBulkUpdate` 10 plus
 * 0.2 for each variant; connections are sized by `first`/`last`; a query may cost at most 1,000.
 * The formula for connections is not published. The plug used here is `2 + 2·log2(n + 1) · max(1, cost of a node)`,
 * so that 250 products of 250 variants with their cost stay under 1,000 as they do in a real shop. Nobody may rely
 * on these numbers: clients pace themselves by `extensions.cost`.
 */
import { Kind, getNamedType, isAbstractType, isCompositeType, isListType, isNonNullType, isObjectType } from 'graphql';
import type { DocumentNode, FieldNode, GraphQLNamedType, GraphQLOutputType, GraphQLSchema, OperationDefinitionNode, SelectionSetNode, ValueNode } from 'graphql';

export const MAX_QUERY_COST = 1000;
type Variables = Readonly<Record<string, unknown>>;
type Size = (variables: Variables) => number;

interface CostNode {
  /** Where the value is found in the answer. */
  responseKey: string;
  kind: 'object' | 'list' | 'connection' | 'transparent' | 'mutation' | 'nodes';
  size: Size;
  children: CostNode[];
  /** For a choice among types of an interface: the dearest alternative counts. */
  alternatives: CostNode[][];
  /** Points of a mutation itself. */
  base: Size;
}

/** A query's cost, compiled once per document and operation. */
export interface QueryCost {
  requested(variables: Variables): number;
  /** What the answer really cost, never more than requested. */
  actual(data: unknown, variables: Variables): number;
}

export function compileCost(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): QueryCost {
  const compiler = new CostCompiler(schema, document, operation);
  const { children } = compiler.selection(operation.selectionSet, compiler.rootType());
  const mutation = operation.operation === 'mutation';
  const requested = (variables: Variables) => points(children.reduce((sum, child) => sum + costOf(child, variables), 0));
  return {
    requested,
    actual: (data, variables) => {
      const most = requested(variables);
      if (mutation || data === null || typeof data !== 'object') return most;
      return Math.min(most, points(children.reduce((sum, child) => sum + actualOf(child, (data as Record<string, unknown>)[child.responseKey]), 0)));
    },
  };
}

/** Points have at most two decimals. */
export function points(value: number): number {
  return Math.round(value * 100) / 100;
}

function compressed(count: number): number {
  return 2 * Math.log2(Math.max(0, count) + 1);
}

function costOf(node: CostNode, variables: Variables): number {
  const inner = childrenCost(node, variables);
  switch (node.kind) {
    case 'mutation': return node.base(variables);
    case 'transparent': return inner;
    case 'nodes':
    case 'list': return node.size(variables) * (1 + inner);
    case 'connection': return Math.ceil(2 + compressed(node.size(variables)) * Math.max(1, inner));
    case 'object': return 1 + inner;
  }
}

function childrenCost(node: CostNode, variables: Variables): number {
  const common = node.children.reduce((sum, child) => sum + costOf(child, variables), 0);
  const dearest = node.alternatives.map((list) => list.reduce((sum, child) => sum + costOf(child, variables), 0));
  return common + Math.max(0, ...dearest);
}

function actualOf(node: CostNode, value: unknown): number {
  if (value === null || value === undefined) return 0;
  const children = node.alternatives.length > 0 ? [...node.children, ...node.alternatives.flat()] : node.children;
  const inside = (item: unknown) => {
    if (item === null || typeof item !== 'object') return 0;
    let sum = 0;
    for (const child of children) sum += actualOf(child, (item as Record<string, unknown>)[child.responseKey]);
    return sum;
  };
  if (node.kind === 'connection') {
    const { edges, nodes } = value as { edges?: unknown[]; nodes?: unknown[] };
    const count = (edges ?? nodes ?? []).length;
    return Math.ceil(2 + (count === 0 ? 0 : compressed(count) * Math.max(1, inside(value) / count)));
  }
  const own = node.kind === 'transparent' ? 0 : 1;
  if (!Array.isArray(value)) return own + inside(value);
  return value.reduce<number>((sum, item) => (item === null ? sum : sum + own + inside(item)), 0);
}

class CostCompiler {
  readonly #schema: GraphQLSchema;
  readonly #operation: OperationDefinitionNode;
  readonly #fragments = new Map<string, { selectionSet: SelectionSetNode; on: string }>();

  constructor(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) {
    this.#schema = schema;
    this.#operation = operation;
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) {
        this.#fragments.set(definition.name.value, { selectionSet: definition.selectionSet, on: definition.typeCondition.name.value });
      }
    }
  }

  rootType(): GraphQLNamedType {
    const { operation } = this.#operation;
    return (operation === 'mutation' ? this.#schema.getMutationType() : this.#schema.getQueryType()) as GraphQLNamedType;
  }

  selection(set: SelectionSetNode, parent: GraphQLNamedType): { children: CostNode[]; alternatives: CostNode[][] } {
    const children: CostNode[] = [];
    const alternatives: CostNode[][] = [];
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const child = this.#field(selection, parent);
        if (child) children.push(child);
        continue;
      }
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD
        ? this.#fragments.get(selection.name.value)
        : { selectionSet: selection.selectionSet, on: selection.typeCondition?.name.value ?? parent.name };
      if (!fragment) continue;
      const type = this.#schema.getType(fragment.on) ?? parent;
      const inner = this.selection(fragment.selectionSet, type);
      if (isAbstractType(parent) && isObjectType(type)) {
        // Of several types an object is one only; nested choices are rare enough to add up.
        alternatives.push([...inner.children, ...inner.alternatives.flat()]);
      } else {
        children.push(...inner.children);
        alternatives.push(...inner.alternatives);
      }
    }
    return { children, alternatives };
  }

  #field(node: FieldNode, parent: GraphQLNamedType): CostNode | null {
    if (node.name.value.startsWith('__')) return null;
    const field = 'getFields' in parent ? parent.getFields()[node.name.value] : undefined;
    if (!field || !('type' in field)) return null;
    const fieldType = field.type as GraphQLOutputType;
    const type = getNamedType(fieldType);
    if (!isCompositeType(type) || !node.selectionSet) return null;
    const { children, alternatives } = this.selection(node.selectionSet, type);
    const isList = isListType(isNonNullType(fieldType) ? fieldType.ofType : fieldType);
    const common = { responseKey: node.alias?.value ?? node.name.value, children, alternatives, size: () => 1, base: () => 0 };
    if (parent === this.#schema.getMutationType()) return { ...common, kind: 'mutation', base: this.#mutationBase(node) };
    if (parent === this.#schema.getQueryType() && node.name.value === 'nodes') {
      return { ...common, kind: 'nodes', size: this.#lengthOf(node, 'ids') };
    }
    if (type.name.endsWith('Connection')) return { ...common, kind: 'connection', size: this.#pageSize(node) };
    if (type.name.endsWith('Edge') || type.name === 'PageInfo' || parent.name.endsWith('Connection') || parent.name.endsWith('Edge')) {
      // A connection pays for its nodes: `edges` is only the way to them, and a node itself counts as one object.
      const isNode = node.name.value === 'node' || node.name.value === 'nodes';
      return { ...common, kind: isNode ? 'object' : 'transparent' };
    }
    return { ...common, kind: isList ? 'list' : 'object' };
  }

  #mutationBase(node: FieldNode): Size {
    if (node.name.value !== 'productVariantsBulkUpdate') return () => 10;
    const count = this.#lengthOf(node, 'variants');
    return (variables) => 10 + 0.2 * count(variables);
  }

  #pageSize(node: FieldNode): Size {
    const first = this.#argument(node, 'first');
    const last = this.#argument(node, 'last');
    return (variables) => {
      const size = first(variables) ?? last(variables);
      return typeof size === 'number' ? size : 1;
    };
  }

  #lengthOf(node: FieldNode, name: string): Size {
    const argument = this.#argument(node, name);
    return (variables) => {
      const value = argument(variables);
      return Array.isArray(value) ? value.length : 1;
    };
  }

  #argument(node: FieldNode, name: string): (variables: Variables) => unknown {
    const value = node.arguments?.find((argument) => argument.name.value === name)?.value;
    if (!value) return () => undefined;
    if (value.kind === Kind.VARIABLE) {
      const variable = value.name.value;
      const declared = this.#operation.variableDefinitions?.find((d) => d.variable.name.value === variable)?.defaultValue;
      return (variables) => variables[variable] ?? (declared ? literal(declared) : undefined);
    }
    const constant = literal(value);
    return () => constant;
  }
}

function literal(value: ValueNode): unknown {
  if (value.kind === Kind.INT) return Number(value.value);
  if (value.kind === Kind.LIST) return value.values;
  return undefined;
}
