// npm run bench: the entry. bench.mjs has the run, options.mjs the command line.
import { runBench } from './bench.mjs';
import { help, parseOptions, UsageError } from './options.mjs';

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') console.log(help);
  else process.exitCode = (await runBench(options)) ? 0 : 1;
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`bench: ${error.message}`);
    process.exitCode = 2;
  } else {
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
