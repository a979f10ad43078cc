import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CHANGE_STATES, ITEM_STATES } from '../../app/domain/pricing/lifecycle.ts';
import type { Rule } from '../../app/domain/rules/rule.ts';
import type { TraceStep } from '../../app/domain/rules/trace.ts';
import { BLOCK_REASONS, WARNING_CODES } from '../../app/domain/rules/verdict.ts';
import { GUARD_REASONS } from '../../app/domain/policies/guard-codes.ts';
import { payloadSchemaName, schemaOf, type SchemaName } from '../../schemas/registry.ts';
import type * as Api from '@calibr/types';

/** Values of an enum in a schema's `$defs`. */
function values(name: SchemaName, def: string): string[] {
  return (schemaOf(name)['$defs'] as Record<string, { enum: string[] }>)[def]!.enum;
}

/** Holds where A may be given for B; used as a type, so that the compiler checks it. */
type Fits<A extends B, B> = A;
export type DomainFitsApi = [
  Fits<TraceStep, Api.TraceStep>,
  Fits<Api.Rule, Rule>,
  Fits<(typeof CHANGE_STATES)[number], Api.PriceChangeState>,
  Fits<Api.PriceChangeState, (typeof CHANGE_STATES)[number]>,
  Fits<(typeof ITEM_STATES)[number], Api.PriceChangeItemState>,
  Fits<Api.PriceChangeItemState, (typeof ITEM_STATES)[number]>,
];

const flowsDir = fileURLToPath(new URL('../../app/flows/', import.meta.url));

describe('events', () => {
  it('that flows write are all described', () => {
    const written = new Set<string>();
    for (const entry of readdirSync(flowsDir, { recursive: true, encoding: 'utf8' })) {
      if (!entry.endsWith('.ts') || entry.endsWith('.test.ts')) continue;
      for (const [, type] of readFileSync(`${flowsDir}${entry}`, 'utf8').matchAll(/\btype: '([a-z_]+\.[a-z_]+)'/g)) written.add(type!);
    }
    expect(written.size).toBeGreaterThan(5);
    expect([...written].filter((type) => payloadSchemaName(type) === undefined)).toEqual([]);
  });
});

describe('the words of the domain and of the schemas', () => {
  it('are the same states of a price change', () => {
    expect([...values('price-change', 'PriceChangeState')].sort()).toEqual([...CHANGE_STATES].sort());
  });

  it('are the same states of a row, and its progress counts each of them', () => {
    expect([...values('price-change-item', 'PriceChangeItemState')].sort()).toEqual([...ITEM_STATES].sort());
    expect(Object.keys(schemaOf('change-progress')['properties'] as object).sort()).toEqual([...ITEM_STATES].sort());
  });

  it('say every reason and warning in the row\'s description', () => {
    const properties = schemaOf('price-change-item')['properties'] as Record<string, { description: string }>;
    for (const reason of [...BLOCK_REASONS, ...GUARD_REASONS]) expect(properties['reason']!.description).toContain(reason);
    for (const warning of WARNING_CODES) expect(properties['warnings']!.description).toContain(warning);
  });
});
