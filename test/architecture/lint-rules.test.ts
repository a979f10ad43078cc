import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const eslint = new ESLint({ cwd: ROOT });

async function complaints(file: string, text: string): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath: join(ROOT, file) });
  return (result?.messages ?? []).map(({ ruleId, message }) => `${ruleId ?? 'syntax'}: ${message}`);
}

describe('lint rules of our own', () => {
  it.each([
    ['app/flows/plan-change/a.ts', 'export const x = process.env.HOME;', 'process.env'],
    ['app/adapters/db/a.ts', "export const x = process.env['HOME'];", 'process.env'],
    ['app/adapters/db/a.ts', 'const { env } = process; export const x = env;', 'process.env'],
    ['app/http/a.ts', "import { env } from 'node:process'; export const x = env;", 'process.env'],
    ['app/routes/a.tsx', 'export const x = process.env.HOME;', 'process.env'],
    ['app/domain/rules/a.ts', 'export const x = Date.now();', 'ctx.now'],
    ['app/domain/rules/a.ts', 'export const x = new Date();', 'ctx.now'],
    ['app/flows/score/a.ts', 'export const x = new Date();', 'ctx.now'],
    ['app/flows/score/a.ts', 'export const x = performance.now();', 'ctx.now'],
    ['app/flows/score/a.ts', 'export const x = Math.random();', 'replayed'],
    ['app/flows/score/a.ts', 'export const x = crypto.randomUUID();', 'ctx.newId'],
    ['app/flows/score/a.ts', 'export const x = globalThis.crypto.randomUUID();', 'ctx.newId'],
    ['app/flows/score/a.ts', 'setTimeout(() => undefined, 5); export {};', 'adapters'],
    ['app/domain/rules/a.ts', 'const x = 1; export default x;', 'Export by name'],
    ['app/ui/a.tsx', 'const x = 1; export default x;', 'Export by name'],
    ['dev/demo/a.ts', 'const x = 1; export default x;', 'Export by name'],
    ['app/http/a.ts', "console.log('x'); export {};", 'console'],
    ['app/http/a.ts', 'export const x = (y: any) => y as string;', 'any'],
    ['app/http/a.ts', "import { Config } from './b.ts'; export type X = Config;", 'type'],
    ['test/integration/a.test.ts', "it.only('x', () => undefined);", 'A test runs'],
    ['app/domain/rules/a.test.ts', "describe.skip('x', () => undefined);", 'A test runs'],
    ['app/domain/rules/a.test.ts', "it.todo('x');", 'A test runs'],
  ])('%s: %s', async (file, text, part) => {
    expect((await complaints(file, text)).join('\n')).toContain(part);
  });

  it.each([
    ['app/platform/config/config.ts', 'export const x = process.env;'],
    ['dev/setup/a.ts', 'export const x = process.env;'],
    ['app/adapters/db/a.ts', 'export const x = Date.now() + Math.random();'],
    ['app/domain/rules/a.ts', 'export const x = (text: string) => new Date(text).getTime();'],
    ['app/domain/rules/a.test.ts', 'export const x = Date.now();'],
    ['app/routes/a.tsx', 'export default function Page() { return null; }'],
    ['app/root.tsx', 'export default function Root() { return null; }'],
    ['vite.config.ts', 'export default {};'],
    ['test/contract/a.test.ts', "describe.skipIf(false)('x', () => undefined);"],
  ])('leave %s alone: %s', async (file, text) => {
    expect(await complaints(file, text)).toEqual([]);
  });
});
