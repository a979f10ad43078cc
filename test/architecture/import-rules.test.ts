import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CLI = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
const CONFIG = join(ROOT, '.dependency-cruiser.cjs');

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

async function violations(cwd: string, folders: readonly string[]): Promise<readonly Violation[]> {
  const run = promisify(execFile)(process.execPath, [CLI, '--config', CONFIG, '--output-type', 'json', ...folders], { cwd, maxBuffer: 512 * 1024 * 1024 });
  // Exit code: the number of violations.
  const { stdout, stderr } = await run.catch((error: { stdout: string; stderr: string }) => error);
  if (stdout === '') throw new Error(`dependency-cruiser did not answer: ${stderr}`);
  return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
}

/** Files that break one rule each: `file` imports `to` (created empty unless a package). */
const SEEDS: ReadonlyArray<readonly [rule: string, file: string, statement: string]> = [
  ['schemas-imports', 'schemas/a.ts', "import '../app/domain/kernel/result.ts';"],
  ['domain-imports', 'app/domain/rules/a.ts', "import '../../ports/clock.ts';"],
  ['domain-imports', 'app/domain/rules/b.ts', "import '../../adapters/db/pool.ts';"],
  ['domain-imports', 'app/domain/rules/c.ts', "import type { X } from '../../ports/clock.ts'; export type Y = X;"],
  ['domain-imports', 'app/domain/rules/d.ts', "import '../../../test/fixtures/rows.ts';"],
  ['ports-imports', 'app/ports/a.ts', "import '../flows/score/score.ts';"],
  ['flows-imports', 'app/flows/plan-change/a.ts', "import '../../adapters/db/pool.ts';"],
  ['flows-imports', 'app/flows/plan-change/b.ts', "import '../../platform/monitor/logger.ts';"],
  ['flow-to-flow', 'app/flows/plan-change/c.ts', "import '../score/score.ts';"],
  ['flow-to-flow', 'app/flows/plan-change/d.ts', "import type { X } from '../score/score.ts'; export type Y = X;"],
  ['platform-imports', 'app/platform/config/a.ts', "import '../../domain/catalog/row.ts';"],
  ['platform-imports', 'app/platform/config/b.ts', "import '../../ports/clock.ts';"],
  ['adapters-imports', 'app/adapters/db/a.ts', "import '../../flows/score/score.ts';"],
  ['adapters-imports', 'app/adapters/db/b.ts', "import '../../container.server.ts';"],
  ['adapter-to-adapter', 'app/adapters/db/c.ts', "import '../shopify/client.ts';"],
  ['shopify-imports', 'app/shopify.server.ts', "import './http/problem.ts';"],
  ['shopify-imports-types-only', 'app/shopify.server.ts', "import './domain/catalog/row.ts';"],
  ['container-imports', 'app/container.server.ts', "import './http/problem.ts';"],
  ['container-imports-types-only', 'app/container.server.ts', "import './ports/clock.ts';"],
  ['http-imports', 'app/http/a.ts', "import '../adapters/db/pool.ts';"],
  ['http-imports', 'app/http/b.ts', "import '../flows/score/score.ts';"],
  ['web-imports', 'app/web/a.ts', "import '../adapters/db/pool.ts';"],
  ['worker-imports', 'app/worker/a.ts', "import '../flows/score/score.ts';"],
  ['worker-imports-types-only', 'app/worker/b.ts', "import '../ports/clock.ts';"],
  ['ui-imports', 'app/ui/a.tsx', "import '../platform/monitor/logger.ts';"],
  ['ui-imports', 'app/ui/b.tsx', "import '../http/problem.ts';"],
  ['routes-imports', 'app/routes/a.tsx', "import '../flows/score/score.ts';"],
  ['routes-imports', 'app/routes/b.tsx', "import '../adapters/db/pool.ts';"],
  ['routes-imports', 'app/routes/c.tsx', "import '../container.server.ts';"],
  ['shell-imports', 'app/root.tsx', "import './adapters/db/pool.ts';"],
  ['extensions-imports', 'extensions/prices/a.ts', "import '../../app/ui/table.ts';"],
  ['dev-imports', 'dev/simulators/a.ts', "import '../../app/domain/kernel/result.ts';"],
  ['dev-imports', 'dev/simulators/b.ts', "import type { X } from '../../app/ports/clock.ts'; export type Y = X;"],
  ['prisma-imports', 'prisma/a.ts', "import '../app/adapters/db/pool.ts';"],
  ['unknown-room', 'app/utils/a.ts', "import '../domain/kernel/result.ts';"],
  ['nobody-imports-routes', 'app/http/c.ts', "import '../routes/page.tsx';"],
  ['nobody-imports-routes', 'app/routes/d.tsx', "import './page.tsx';"],
  ['pure-packages', 'app/domain/rules/e.ts', "import 'pg';"],
  ['pure-packages', 'app/flows/plan-change/e.ts', "import 'zod';"],
  ['pure-no-node', 'app/domain/rules/f.ts', "import 'node:crypto';"],
  ['pure-no-node', 'app/flows/plan-change/f.ts', "import 'node:fs';"],
  ['pure-no-node', 'app/ui/c.tsx', "import 'node:path';"],
  ['no-circles', 'app/platform/monitor/one.ts', "import './two.ts';"],
  ['no-unresolved', 'app/http/d.ts', "import './nowhere.ts';"],
  ['no-dev-package-in-production', 'app/platform/config/c.ts', "import 'fast-check';"],
];

/** What is allowed and must stay so. */
const ALLOWED: ReadonlyArray<readonly [file: string, statement: string]> = [
  ['app/domain/rules/ok.ts', "import '@calibr/types'; import '../kernel/result.ts';"],
  ['app/ports/ok.ts', "import '../domain/kernel/result.ts';"],
  ['app/flows/plan-change/ok.ts', "import '../../domain/kernel/result.ts'; import '../../ports/clock.ts'; import './part.ts';"],
  ['app/platform/config/ok.ts', "import '../../domain/kernel/result.ts'; import 'zod'; import 'node:net';"],
  ['app/adapters/db/ok.ts', "import '../../domain/catalog/row.ts'; import '../../ports/clock.ts'; import '../../platform/monitor/logger.ts'; import 'pg'; import './pool.ts';"],
  ['app/http/ok.ts', "import '../container.server.ts'; import '../shopify.server.ts'; import '../platform/monitor/logger.ts';"],
  ['app/worker/ok.ts', "import '../container.server.ts'; import type { X } from '../ports/clock.ts'; export type Y = X;"],
  ['app/ui/ok.tsx', "import '../domain/catalog/row.ts'; import 'react';"],
  ['app/routes/ok.tsx', "import '../http/problem.ts'; import '../ui/table.ts'; import '../domain/catalog/row.ts';"],
  ['app/domain/rules/ok.test.ts', "import '../../adapters/db/pool.ts'; import 'fast-check'; import 'node:fs';"],
  ['dev/simulators/ok.ts', "import '@calibr/types'; import 'node:fs'; import './part.ts';"],
];

const TARGETS = [
  'schemas/generated/types.ts', 'app/domain/kernel/result.ts', 'app/domain/catalog/row.ts', 'app/ports/clock.ts', 'app/flows/score/score.ts', 'app/flows/plan-change/part.ts',
  'app/platform/monitor/logger.ts', 'app/adapters/db/pool.ts', 'app/adapters/shopify/client.ts', 'app/http/problem.ts', 'app/ui/table.ts', 'app/routes/page.tsx', 'test/fixtures/rows.ts',
  'dev/simulators/part.ts',
];

describe('the import rules', () => {
  let folder: string;
  let found: readonly Violation[];

  function write(file: string, text: string): void {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), `${text}\n`, { flag: 'a' });
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'calibrate-import-rules-'));
    for (const file of ['package.json', 'tsconfig.json']) cpSync(join(ROOT, file), join(folder, file));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
    for (const file of TARGETS) write(file, 'export type X = string;');
    write('app/platform/monitor/two.ts', "import './one.ts';");
    for (const [, file, statement] of SEEDS) write(file, statement);
    for (const [file, statement] of ALLOWED) write(file, statement);
    found = await violations(folder, ['app', 'dev', 'schemas', 'extensions', 'prisma']);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(SEEDS)('%s is reported in %s: %s', (rule, file) => {
    expect(found.filter(({ from }) => from === file).map(({ rule: { name } }) => name)).toContain(rule);
  });

  it.each(ALLOWED)('nothing is reported in %s: %s', (file) => {
    expect(found.filter(({ from }) => from === file)).toEqual([]);
  });

  it('are each tried by a violation', () => {
    const config = createRequire(import.meta.url)(CONFIG) as { forbidden: Array<{ name: string; severity: string }> };
    expect(config.forbidden.filter(({ severity }) => severity !== 'error')).toEqual([]);
    expect(new Set(SEEDS.map(([rule]) => rule))).toEqual(new Set(config.forbidden.map(({ name }) => name)));
  });
});

describe('the project', () => {
  it('keeps its import rules', async () => {
    const broken = await violations(ROOT, ['app', 'dev', 'schemas', 'prisma']);
    expect(broken.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
  }, 120_000);
});
