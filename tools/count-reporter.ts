import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node';

/** Prints the counts as the last line of the run: `120 passed, 0 failed`, and `, 3 skipped` where there are any. */
export class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[], reason: TestRunEndReason): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state === 'pending' ? 'failed' : state] += 1;
      }
      // A file that does not load holds no tests, and yet it failed.
      counts.failed += module.errors().length;
    }
    if (reason !== 'passed' && counts.failed === 0) counts.failed = 1;
    const line = `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`;
    // The default reporter writes its summary in the same tick; the counts come after it.
    process.once('exit', () => process.stdout.write(`${line}\n`));
  }
}
