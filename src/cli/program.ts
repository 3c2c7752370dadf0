import { resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { DIGEST_ALGORITHMS } from '../server/config/keys-security.js';
import { PINFOLD_VERSION, SERVER_VERSION } from '../server/words/version.js';
import { ExitStatus } from './exit-status.js';
import { pathFault } from '../protocol/paths.js';
import type { ExplainCommandOptions } from './explain-command.js';
import type { ServerCommandOptions } from './server-command.js';
import type { CheckConfigOptions } from './check-config-command.js';
import { LOG_FORMATS, LOG_LEVELS } from './log-options.js';

const EXAMPLES = `
Examples:
  $ pinfold tour                                    see locks, leaders and fencing at work
  $ pinfold server 2181 ./data                      one server on port 2181, data in ./data
  $ pinfold ensemble 3                              three servers on this machine, to try things with
  $ pinfold server /etc/zookeeper/zoo.cfg           the same from a ZooKeeper configuration file
  $ pinfold check-config /etc/zookeeper/zoo.cfg     what that file comes to, and what is wrong with it
  $ pinfold explain /locks/invoices                 who holds a lock, and who waits for it`;

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

const ENSEMBLE_HELP = `
Each server is a process of its own with a configuration, data and a log below the directory; they listen on
127.0.0.1 only. Servers that end are not started again: kill one, and see what happens. A directory that is given
keeps them for the next time, with the same ports.

Examples:
  $ pinfold ensemble 3                                    free ports, a temporary directory
  $ pinfold ensemble 3 --base-port 2181 --dir ./ensemble  clients at 2181, 2182, 2183
  $ pinfold ensemble 5 --observers 2 --set tickTime=500`;

const DIGEST_HELP = `
The password is read from standard input, so that it stays out of the shell's history.

Examples:
  $ pinfold digest super < password.txt             for DigestAuthenticationProvider.superDigest
  $ pinfold digest bob                              asks; for an ACL such as digest:bob:...:cdrwa`;

const EXPLAIN_HELP = `
Works on any server that speaks ZooKeeper's protocol, and on the locks of Java programs with Curator as well. Nothing is left
behind. Ages are by the clock of the servers.

Examples:
  $ pinfold explain /locks/invoices                 who holds it, and who waits, in order
  $ pinfold explain /jobs --lock-path /jobs-claims  a queue, and the items that consumers work on
  $ pinfold explain --deadlocks /locks              circles of sessions that wait for each other
  $ pinfold explain --server zk1:2181,zk2:2181/app --json /locks/invoices

Exit statuses: 0 told, 1 no server answered in time, 2 wrong arguments, 4 there is no such node.`;

/** More are more than one machine is for. */
const ENSEMBLE_MAX = 25;
/** So that the ports of every server are ports. */
const BASE_PORT_MAX = 63_000;
const EXPLAIN_TIMEOUT_MS = 10_000;
const TIMEOUT_MAX_MS = 99_999;

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
  addEnsemble(program, finish);
  addCheckConfig(program, finish);
  addDigest(program, finish);
  addExplain(program, finish);
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
    .addOption(new Option('--report', 'tell the process that started this one what it is').default(false).hideHelp())
    .addHelpText('after', SERVER_HELP)
    .action(async (args: string[], { logLevel, logFormat, ...rest }: ServerFlags) => {
      const { runServer } = await import('./server-command.js');
      finish(await runServer(args, { ...rest, level: logLevel, format: logFormat }));
    });
}

function addEnsemble(program: Command, finish: (status: number) => void): void {
  withSet(program.command('ensemble'))
    .description('run an ensemble on this machine, each server a process')
    .argument('<voters>', 'servers that vote: 3 survive the loss of one, 5 of two', serverCount)
    .option('--observers <count>', 'servers that do not vote', observerCount, 0)
    .option('--dir <directory>', 'where data and logs are kept; a temporary directory by default')
    .option(
      '--base-port <port>',
      'port for clients of the first server, the others follow; free ports by default',
      basePort,
    )
    .addHelpText('after', ENSEMBLE_HELP)
    .action(async (voters: number, { observers, dir, basePort: first, set }: EnsembleFlags) => {
      const { runEnsemble } = await import('./ensemble-command.js');
      const directory = dir === undefined ? null : resolve(dir);
      finish(await runEnsemble({ voters, observers, directory, basePort: first ?? null, set }));
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

function addExplain(program: Command, finish: (status: number) => void): void {
  program
    .command('explain')
    .description('tell who holds a lock, a leadership, a semaphore or the items of a queue, and who waits')
    .argument('<path>', 'of the lock, latch, semaphore or queue', znodePath)
    .addOption(
      new Option('--server <addresses>', 'connect string: host:port,host:port/chroot')
        .default('127.0.0.1:2181')
        .env('PINFOLD_SERVER'),
    )
    .option('--json', 'print one JSON object', false)
    .option('--deadlocks', 'look for circles among all locks below the path', false)
    .option('--lock-path <path>', 'where the consumers of a queue claim its items', znodePath)
    .option('--timeout <ms>', 'how long to wait for a server, and for its answers', timeoutMs, EXPLAIN_TIMEOUT_MS)
    .addHelpText('after', EXPLAIN_HELP)
    .action(async (path: string, { timeout, ...options }: ExplainFlags) => {
      const { runExplain } = await import('./explain-command.js');
      finish(await runExplain(path, { ...options, timeoutMs: timeout }));
    });
}

function addTour(program: Command, finish: (status: number) => void): void {
  program
    .command('tour')
    .description('start three servers, watch three processes take turns with a lock, and the leader die')
    .option('--once', 'end after the tour, with status 0 only when everything it told was true', false)
    .option('--port <port>', 'port for clients of the first server; 0 takes free ones', tourPort, 0)
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

function serverCount(text: string): number {
  return wholeNumber(text, 1, ENSEMBLE_MAX);
}

function observerCount(text: string): number {
  return wholeNumber(text, 0, ENSEMBLE_MAX);
}

function basePort(text: string): number {
  return wholeNumber(text, 1, BASE_PORT_MAX);
}

function wholeNumber(text: string, min: number, max: number): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (number >= min && number <= max) return number;
  throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`);
}

function znodePath(text: string): string {
  const fault = pathFault(text);
  if (fault !== null) throw new InvalidArgumentError(`As a path of a znode, ${fault}.`);
  return text;
}

function timeoutMs(text: string): number {
  return wholeNumber(text, 1, TIMEOUT_MAX_MS);
}

function tourPort(text: string): number {
  return wholeNumber(text, 0, BASE_PORT_MAX);
}

type ExplainFlags = Omit<ExplainCommandOptions, 'timeoutMs'> & { readonly timeout: number };

interface EnsembleFlags {
  readonly observers: number;
  readonly dir?: string;
  readonly basePort?: number;
  readonly set: readonly string[];
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
  return withSet(command).option('--strict', 'take unknown keys for errors', false);
}

function withSet(command: Command): Command {
  const collect = (setting: string, earlier: string[]) => [...earlier, setting];
  const set = new Option('--set <key=value>', 'set a key, whatever the file says; may be repeated');
  return command.addOption(set.argParser(collect).default([], 'nothing'));
}
