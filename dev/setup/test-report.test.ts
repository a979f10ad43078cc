import { describe, expect, it } from 'vitest';
import { closingLine, failureLines, totalsOf } from './test-report.ts';
import type { TestReport } from './test-report.ts';

function report(over: Partial<TestReport> = {}): TestReport {
  return { numPassedTests: 5, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [], ...over };
}

describe('the closing line', () => {
  it('names passed and failed, and skipped where there are any', () => {
    expect(closingLine(totalsOf(report(), 0))).toBe('5 passed, 0 failed');
    expect(closingLine(totalsOf(report({ numFailedTests: 2, numPendingTests: 1, numTodoTests: 1 }), 1))).toBe('5 passed, 2 failed, 2 skipped');
  });

  it('counts a file that cannot even be loaded as a failure', () => {
    const testResults = [
      { name: 'a.test.ts', status: 'failed', assertionResults: [] },
      { name: 'b.test.ts', status: 'failed', assertionResults: [{ fullName: 'b', status: 'failed' }] },
    ];
    expect(totalsOf(report({ numFailedTests: 1, testResults }), 1).failed).toBe(2);
  });

  it('never says that nothing failed when the run did', () => {
    expect(totalsOf(report(), 1).failed).toBe(1);
  });

  it('comes after a line for each failure: where, which, why', () => {
    const testResults = [
      { name: '/x/a.test.ts', status: 'failed', message: 'Cannot find module b\nat c', assertionResults: [] },
      { name: '/x/b.test.ts', status: 'failed', assertionResults: [
        { fullName: 'b adds', status: 'failed', failureMessages: ['\u001b[31mError: 1 is not 2\u001b[39m\n    at b.test.ts:3'] },
        { fullName: 'b takes', status: 'passed', failureMessages: [] },
      ] },
    ];
    expect(failureLines(report({ testResults }), '/x/')).toEqual(['a.test.ts: Cannot find module b', 'b.test.ts: b adds: Error: 1 is not 2']);
    const many = Array.from({ length: 40 }, (_, at) => ({ fullName: `n${at}`, status: 'failed', failureMessages: null }));
    expect(failureLines(report({ testResults: [{ name: 'c', status: 'failed', assertionResults: many }] }), '').at(-1)).toBe('and 10 more');
  });

  it('lists skipped tests of the browser and of Redis only', () => {
    const skipped = (name: string) => ({ name, status: 'passed', assertionResults: [{ fullName: `test of ${name}`, status: 'skipped' }, { fullName: 'other', status: 'passed' }] });
    const testResults = [skipped('/x/test/browser/shell.test.ts'), skipped('/x/test/contract/job-queue-bull.test.ts'), skipped('/x/app/domain/rules.test.ts')];
    expect(totalsOf(report({ testResults }), 0).mustNotSkip).toEqual(['test of /x/test/browser/shell.test.ts', 'test of /x/test/contract/job-queue-bull.test.ts']);
  });
});
