import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { DIGEST_ALGORITHMS } from '../server/config/keys-security.js';
import { PINFOLD_VERSION, SERVER_VERSION } from '../server/words/version.js';
import { ExitStatus } from './exit-status.js';
import type { ServerCommandOptions } from './server-command.js';
import type { CheckConfigOptions } from './check-config-command.js';
import { LOG_FORMATS, LOG_LEVELS } from './log-options.js';

const EXAMPLES = `
Examples:
  $ pinfold tour                                    see locks, leaders and fencing at work
  $ pinfold server 2181 ./data                      one server on port 2181, data in ./data
  $ pinfold server /etc/zookeeper/zoo.cfg           the same from a ZooKeeper configuration file
  $ pinfold check-config /etc/zookeeper/zoo.cfg     what that file comes to, and what is wrong with it`;

const SERVER_HELP = `
Arguments are those of ZooKeeper: the path of a configuration file, or a port and a directory,
then perhaps a tick time in ms and the connections one address may have.

Examples:
  $ pinfold server zoo.cfg
  $ pinfold server --set clientPort=2182 --set tickTime=500 zoo.cfg
  $ pinfold server --log-format json 2181 /var/lib/zookeeper

SIGTERM and SIGINT stop the server; it exits with 0 once everything it answered is on disk.
Other exit statuses: 1 unexpected (a port in use, damaged data), 2 wrong arguments or configuration,
3 data directory missing, mixed up or in use, 10 the disk failed.`;

const DIGEST_HELP = `
The password is read from standard input, so that it stays out of the shell's history.

Examples:
  $ pinfold digest super < password.txt             for DigestAuthenticationProvider.superDigest
  $ pinfold digest bob                              asks; for an ACL such as digest:bob:...:cdrwa`;

/** Runs a command line (without node and script) and returns the status to exit with. */
export async function runProgram(args: readonly string[]): Promise<number> {
  const outcome: { status: number } = { status: ExitStatus.ok };
  const program = buildProgram((status) => {
    outcome.status = status;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return outcome.status;
  } catch (error) {
    // Help and version are asked for; everything else is a command line that makes no sense.
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitStatus.ok : ExitStatus.usage;
    throw error;
  }
}

function buildProgram(finish: (status: number) => void): Command {
  const program = new Command('pinfold')
    .description('Distributed coordination: a ZooKeeper-compatible server, and a tour of what it is for.')
    .version(PINFOLD_VERSION, '-V, --version', 'print the version')
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(pinfold --help tells what there is)')
    .exitOverride();
  addServer(program, finish);
  addCheckConfig(program, finish);
  addDigest(program, finish);
  addTour(program, finish);
  program
    .command('version')
    .description('print the version, and the ZooKeeper release that clients take it for')
    .action(() => console.log(`pinfold ${PINFOLD_VERSION}\nZooKeeper ${SERVER_VERSION}\nNode.js ${process.version}`));
  return program;
}

function addServer(program: Command, finish: (status: number) => void): void {
  withSettings(program.command('server'))
    .description('run one server in the foreground')
    .argument('<file | port datadir...>', 'FILE, or PORT DATADIR [TICKTIME] [MAXCNXNS]')
    .addOption(
      new Option('--log-level <level>', 'least severe messages to log')
        .choices(LOG_LEVELS)
        .default('info')
        .env('PINFOLD_LOG_LEVEL'),
    )
    .addOption(
      new Option('--log-format <format>', "line is ZooKeeper's layout, json one object a line")
        .choices(LOG_FORMATS)
        .default('line')
        .env('PINFOLD_LOG_FORMAT'),
    )
    .addHelpText('after', SERVER_HELP)
    .action(async (args: string[], { logLevel, logFormat, ...rest }: ServerFlags) => {
      const { runServer } = await import('./server-command.js');
      finish(await runServer(args, { ...rest, level: logLevel, format: logFormat }));
    });
}

function addCheckConfig(program: Command, finish: (status: number) => void): void {
  withSettings(program.command('check-config'))
    .description('print the configuration a file comes to, with the source of each value')
    .argument('<file | port datadir...>', 'FILE, or what else you would give to the server command')
    .action(async (args: string[], options: CheckConfigOptions) => {
      const { checkConfig } = await import('./check-config-command.js');
      finish(checkConfig(args, options));
    });
}

function addDigest(program: Command, finish: (status: number) => void): void {
  program
    .command('digest')
    .description('print the digest id of a user, for ACLs and super users')
    .argument('<user>', 'name of the user')
    .addOption(
      new Option('--algorithm <name>', 'as DigestAuthenticationProvider.digestAlg')
        .choices(Object.keys(DIGEST_ALGORITHMS))
        .default('SHA1'),
    )
    .addHelpText('after', DIGEST_HELP)
    .action(async (user: string, { algorithm }: { algorithm: string }) => {
      const { printDigest } = await import('./digest-command.js');
      finish(await printDigest(user, algorithm));
    });
}

function addTour(program: Command, finish: (status: number) => void): void {
  program
    .command('tour')
    .description('start a server and watch three processes take turns with a lock')
    .option('--once', 'end after the tour, with status 0 only when everything it told was true', false)
    .option('--port <port>', 'port of the server; 0 takes a free one', portNumber, 0)
    .addOption(new Option('--worker <name>', 'be one of the processes of a tour').hideHelp())
    .addOption(new Option('--connect <address>', 'where the server of the tour is').hideHelp())
    .action(async ({ worker, connect, once, port }: TourFlags) => {
      if (worker !== undefined && connect !== undefined) {
        const { runTourWorker } = await import('./tour-worker.js');
        finish(await runTourWorker(worker, connect));
        return;
      }
      const { runTour } = await import('./tour-command.js');
      finish(await runTour({ once, port }));
    });
}

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65_535)) throw new InvalidArgumentError('It must be a number from 0 to 65535.');
  return port;
}

interface TourFlags {
  readonly once: boolean;
  readonly port: number;
  readonly worker?: string;
  readonly connect?: string;
}

type ServerFlags = Omit<ServerCommandOptions, 'level' | 'format'> & {
  readonly logLevel: ServerCommandOptions['level'];
  readonly logFormat: ServerCommandOptions['format'];
};

function withSettings(command: Command): Command {
  const collect = (setting: string, earlier: string[]) => [...earlier, setting];
  const set = new Option('--set <key=value>', 'set a key, whatever the file says; may be repeated');
  return command
    .addOption(set.argParser(collect).default([], 'nothing'))
    .option('--strict', 'take unknown keys for errors', false);
}
