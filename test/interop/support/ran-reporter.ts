import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** A chapter with more tests than this is told by its numbers alone. */
const NAMED_TESTS_MAX = 20;

/** Ends the run with a list of what met which peer, and of what did not run for want of a Debian package. */
export class RanReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const lines = ['', 'Interop with foreign peers:'];
    for (const module of modules) lines.push(`  ${module.relativeModuleId}`, ...tell([...module.children.allTests()]));
    const skipped = modules.flatMap((module) => [...module.children.allTests('skipped')]);
    if (skipped.length > 0) {
      lines.push('', '!'.repeat(100), `!! ${skipped.length} NOT RUN:`);
      lines.push(...skipped.map((one) => `!! ${one.fullName}`), '!'.repeat(100));
    }
    process.stdout.write(`${lines.join('\n')}\n`);
  }
}

function tell(tests: readonly TestCase[]): string[] {
  if (tests.length <= NAMED_TESTS_MAX) return tests.map((one) => row(one.result().state, [one], one.fullName));
  const states = [...new Set(tests.map((one) => one.result().state))].sort();
  return states.map((state) => {
    const those = tests.filter((one) => one.result().state === state);
    return row(state, those, `${those.length} tests`);
  });
}

function row(state: string, tests: readonly TestCase[], what: string): string {
  const ms = tests.reduce((sum, one) => sum + (one.diagnostic()?.duration ?? 0), 0);
  return `    ${state.padEnd(8)}${(ms / 1000).toFixed(1).padStart(6)} s  ${what}`;
}
