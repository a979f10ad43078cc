import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ROWS } from './rows.ts';

describe('the protocol tables', () => {
  it('are whole: 14 + 10 + 4 + 10 + 6 rows, each table proven by one file', () => {
    const counts = Object.fromEntries(Object.entries(ROWS).map(([table, rows]) => [table, new Set<string>(rows).size]));
    expect(counts).toEqual({ webhooks: 14, 'session-tokens': 10, csp: 4, 'access-tokens': 10, privacy: 6 });
    const here = readdirSync(import.meta.dirname);
    for (const table of Object.keys(ROWS)) {
      expect(here).toContain(`${table}.test.ts`);
      const proven = readFileSync(new URL(`${table}.test.ts`, import.meta.url), 'utf8').match(new RegExp(`proveRows\\('${table}', \\{`, 'g'));
      expect(proven, table).toHaveLength(1);
    }
    process.stdout.write(`protocol rows: ${Object.entries(counts).map(([table, n]) => `${table} ${n}`).join(', ')}, together ${Object.values(counts).reduce((sum, n) => sum + n, 0)}\n`);
  });
});
