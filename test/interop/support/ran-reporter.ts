import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** Ends the run with a list of what met which peer, and of what did not run for want of a Debian package. */
export class RanReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const lines = ['', 'Interop with foreign peers:', ...tests.map(describeTest)];
    const skipped = tests.filter((one) => one.result().state === 'skipped');
    if (skipped.length > 0) {
      lines.push('', '!'.repeat(100), `!! ${skipped.length} NOT RUN:`);
      lines.push(...skipped.map((one) => `!! ${one.fullName}`), '!'.repeat(100));
    }
    process.stdout.write(`${lines.join('\n')}\n`);
  }
}

function describeTest(test: TestCase): string {
  const seconds = ((test.diagnostic()?.duration ?? 0) / 1000).toFixed(1);
  return `  ${test.result().state.padEnd(8)}${seconds.padStart(6)} s  ${test.fullName}`;
}
