#!/usr/bin/env node
import { ExitStatus } from './exit-status.js';
import { runProgram } from './program.js';

try {
  const status = await runProgram(process.argv.slice(2));
  // A server that has stopped is done, whatever timer or socket a library may have left open.
  process.exit(status);
} catch (error) {
  console.error('pinfold: unexpected error, please report it:', error);
  process.exit(ExitStatus.failed);
}
