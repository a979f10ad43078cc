/** The parts of vitest's JSON report that are read here. */
export interface TestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: ReadonlyArray<{
    readonly name: string;
    readonly status: string;
    readonly assertionResults: ReadonlyArray<{ readonly fullName: string; readonly status: string }>;
  }>;
}

export interface TestTotals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Skipped tests of parts that must not be skipped where changes are judged: a real browser, a real Redis. */
  readonly mustNotSkip: readonly string[];
}

const NEEDS_A_PROGRAM = /[\\/]test[\\/]browser[\\/]|job-queue-bull/;

/** Counts a report. A file that fails before its first test, and a run that fails without saying where, count as one failure. */
export function totalsOf(report: TestReport, exitCode: number): TestTotals {
  const brokenFiles = report.testResults.filter(({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'));
  const failed = report.numFailedTests + brokenFiles.length;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
    mustNotSkip: report.testResults
      .filter(({ name }) => NEEDS_A_PROGRAM.test(name))
      .flatMap(({ assertionResults }) => assertionResults.filter(({ status }) => status !== 'passed' && status !== 'failed').map(({ fullName }) => fullName)),
  };
}

/** `12 passed, 0 failed`, with `, 3 skipped` where there are any. */
export function closingLine({ passed, failed, skipped }: TestTotals): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
