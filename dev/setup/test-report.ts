/** The parts of vitest's JSON report that are read here. */
export interface TestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: ReadonlyArray<{
    readonly name: string;
    readonly status: string;
    /** Why the file could not be run at all. */
    readonly message?: string;
    readonly assertionResults: ReadonlyArray<{ readonly fullName: string; readonly status: string; readonly failureMessages?: readonly string[] | null }>;
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

/** As many failures as are worth a line at the end of a run. */
const LISTED_FAILURES = 30;
const ESCAPES = new RegExp(String.raw`\u001b\[[0-9;]*m`, 'g');

/** A line for each test that failed: its file from `root` on, its name, and the first line of why. The end of a log is what is read first. */
export function failureLines(report: TestReport, root: string): readonly string[] {
  const why = (message: string | null | undefined): string => (message ?? '').replaceAll(ESCAPES, '').trim().split('\n')[0]?.slice(0, 160) ?? '';
  const lines = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = name.startsWith(root) ? name.slice(root.length) : name;
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (status === 'failed' && failed.length === 0) return [`${file}: ${why(message)}`];
    return failed.map((test) => `${file}: ${test.fullName}: ${why(test.failureMessages?.[0])}`);
  });
  return lines.length <= LISTED_FAILURES ? lines : [...lines.slice(0, LISTED_FAILURES), `and ${lines.length - LISTED_FAILURES} more`];
}

/** `12 passed, 0 failed`, with `, 3 skipped` where there are any. */
export function closingLine({ passed, failed, skipped }: TestTotals): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
