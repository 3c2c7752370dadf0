// Adds up what the test runs reported and prints the one plain line a reader of a long log looks for.
// node scripts/ci-summary.mjs --report FILE ... --failed-step NAME ... --skipped PART ...
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    report: { type: 'string', multiple: true, default: [] },
    'failed-step': { type: 'string', multiple: true, default: [] },
    skipped: { type: 'string', multiple: true, default: [] },
  },
});

const total = { passed: 0, failed: 0, skipped: 0 };
for (const file of values.report) {
  if (!existsSync(file)) continue; // its step failed before it ran a test, and is counted below
  const report = JSON.parse(readFileSync(file, 'utf8'));
  total.passed += report.numPassedTests;
  total.failed += report.numFailedTests;
  total.skipped += report.numPendingTests + report.numTodoTests;
}

// The tests of a skipped part are in the reports already, as skipped.
for (const part of values.skipped) console.log(`SKIPPED: ${part}`);
for (const step of values['failed-step']) console.log(`FAILED: ${step}`);
// A step may fail with no failed test: a file that does not load, the linter, a build.
total.failed = Math.max(total.failed, values['failed-step'].length);
if (total.passed === 0 && total.failed === 0) {
  console.log('FAILED: no test ran');
  total.failed = 1;
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
