import { describe, expect, it } from 'vitest';
import { needsBuild } from './run-tests.ts';

describe('needsBuild', () => {
  it.each([[], ['--coverage'], ['test/browser'], ['app/domain', 'test/integration'], ['-t', 'app'], ['--project', 'unit', '--project', 'browser'], ['--reporter', 'json']])('is true for %j', (...args) => {
    expect(needsBuild(args.flat())).toBe(true);
  });

  it.each([[['app/domain']], [['./app/domain/rules/parse.test.ts']], [['--project', 'unit']], [['--project=contract']], [['test/contract', '-t', 'a name']]])('is false for %j', (args) => {
    expect(needsBuild(args)).toBe(false);
  });
});
