#!/usr/bin/env node
import { ExitStatus } from './exit-status.js';
import { runProgram } from './program.js';

// A program that comes to rest before it has ended has failed.
process.exitCode = ExitStatus.failed;
// Nothing here may wait at the top level: what is loaded later may be bundled so that it imports this file.
runProgram(process.argv.slice(2)).then(
  // A server that has stopped is done, whatever timer or socket a library may have left open.
  (status) => process.exit(status),
  (error: unknown) => {
    console.error('pinfold: unexpected error, please report it:', error);
    process.exit(ExitStatus.failed);
  },
);
