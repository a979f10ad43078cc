import { readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DECIMAL_PATTERN } from '../../app/domain/kernel/money.ts';
import { FIELD_NAMES, OPS } from '../../app/domain/rules/fields.ts';
import { INSTANT_PATTERN } from '../../app/domain/rules/instant.ts';
import { TIME_ZONE_PATTERN, WALL_CLOCK_PATTERN } from '../../app/domain/schedules/wall-clock.ts';
import { validateRule } from '../../app/domain/rules/validate.ts';
import { rule } from './arbitrary-rules.ts';

const text = readFileSync(new URL('../../schemas/rule.schema.json', import.meta.url), 'utf8');
const accepts = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(JSON.parse(text) as object);

/** What only the validator can know; where it finds nothing else, the schema accepts. */
const BEYOND_SCHEMA = new Set(['too_many_decimals', 'end_not_after_start', 'unknown_time_zone', 'too_deep', 'overlaps_next', 'no_occurrence', 'until_and_count', 'not_fitting']);

/** What a place in a rule is changed to: things that often fit and things that never do. */
const replacement: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...OPS), fc.constantFrom<unknown>(...FIELD_NAMES, 'variant.options.Size', 'variant.options.', 'score.x', 'score.', 'product.x'),
  fc.constantFrom<unknown>('1', '-1', '0', '0.00', '0.99', '100', '0099.9', '1e3', '', 'x', '2026-01-01', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00', null, true, false, 1, 1.5, [], {}, ['1', '2'], [1, 2], ['1', null]),
  fc.constantFrom<unknown>('price', 'margin', 'percent', 'ending', 'increment', 'minorUnit', 'up', 'set', 'sale', 'block', { all: [] }, { mode: 'keep' }, { type: 'minorUnit' }),
);

const recurrence = fc.record(
  {
    frequency: fc.constantFrom('daily', 'weekly', 'monthly', 'yearly'), interval: fc.constantFrom(1, 2, 0, 367, '1'), weekdays: fc.constantFrom(['MO'], ['FR', 'SA'], [], ['FR', 'FR'], ['XX']),
    monthDays: fc.constantFrom([1], [31, -1], [0], [32], [1.5], []), until: fc.constantFrom('2027-01-01T00:00:00', null, '2027-01-01', 5), count: fc.constantFrom(1, 10, 0, 1001, null),
  },
  { requiredKeys: ['frequency'] },
);
const schedule = fc.record(
  { recurrence: fc.option(recurrence), startAt: fc.constantFrom('2026-12-01T00:00:00', '2026-12-01T00:00', '2026-12-01'), endAt: fc.constantFrom('2026-12-02T00:00:00', '2026-11-30T00:00', null, 5), timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'No/Where', '+01:00') },
  { requiredKeys: ['startAt', 'timeZone'] },
);

/** A valid rule with up to two places changed, taken out or added. */
const damaged = fc
  .tuple(rule(2), fc.option(schedule, { freq: 3 }), fc.array(fc.tuple(fc.nat(), fc.constantFrom('replace', 'replace', 'remove', 'add'), replacement), { maxLength: 2 }))
  .map(([valid, when, changes]) => {
    const copy = JSON.parse(JSON.stringify(when === null ? valid : { ...valid, schedule: when, priority: 3, name: 'x' })) as object;
    for (const [pick, how, value] of changes) {
      const places: [Record<string, unknown>, string][] = [];
      const walk = (node: unknown): void => {
        if (typeof node !== 'object' || node === null) return;
        for (const key of Object.keys(node)) {
          places.push([node as Record<string, unknown>, key]);
          walk((node as Record<string, unknown>)[key]);
        }
      };
      walk(copy);
      const place = places[pick % places.length];
      if (place === undefined) continue;
      const [parent, key] = place;
      if (how === 'replace') parent[key] = structuredClone(value);
      else if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else if (how === 'remove') delete parent[key];
      else parent[`${key}x`] = structuredClone(value);
    }
    return copy;
  });

describe('the schema of a rule and the validator', () => {
  it('share their patterns and field names', () => {
    for (const shared of [DECIMAL_PATTERN, INSTANT_PATTERN, WALL_CLOCK_PATTERN, TIME_ZONE_PATTERN, ...FIELD_NAMES]) expect(text).toContain(JSON.stringify(shared));
  });

  it('agree on the structure of valid rules with random damage', () => {
    const seen = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(damaged, (input) => {
        const result = validateRule(input, 'USD');
        const found = result.ok ? [] : (result.error.errors ?? []);
        const structural = found.filter(({ code }) => !BEYOND_SCHEMA.has(code));
        const accepted = accepts(input);
        expect(accepted, JSON.stringify(found)).toBe(structural.length === 0);
        seen[accepted ? 'accepted' : 'refused']++;
      }),
      { numRuns: 4_000 },
    );
    expect(seen.accepted).toBeGreaterThan(500);
    expect(seen.refused).toBeGreaterThan(500);
  }, 60_000);
});
