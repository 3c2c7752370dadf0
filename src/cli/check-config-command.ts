import { ConfigError, describeProblem } from '../server/config/config-error.js';
import { effectiveSettings } from '../server/config/effective-config.js';
import { inspectServerConfig, loadConfigInput, relativePathWarning } from '../server/config/parse-server-config.js';
import type { ServerConfig } from '../server/config/server-config.js';
import { loadQuorumTlsMaterial, loadTlsMaterial } from '../server/config/tls-material.js';
import { explainEnsemble } from './ensemble-explanation.js';
import { ExitStatus } from './exit-status.js';

export interface CheckConfigOptions {
  readonly set: readonly string[];
  readonly strict: boolean;
}

/** `pinfold check-config`: prints what a server would run with and where each value comes from; starts nothing. */
export function checkConfig(args: readonly string[], options: CheckConfigOptions): ExitStatus {
  try {
    const input = loadConfigInput(args);
    const { config, problems, warnings, settings } = inspectServerConfig(input, {
      baseDir: process.cwd(),
      overrides: options.set,
      strict: options.strict,
    });
    const relative = relativePathWarning(input);
    for (const warning of [...(relative === null ? [] : [relative]), ...warnings]) console.error(`warning: ${warning}`);
    for (const problem of problems) console.error(`error: ${describeProblem(problem)}`);
    if (config === null) return ExitStatus.usage;
    for (const warning of tlsWarnings(config)) console.error(`warning: ${warning}`);
    const lines = effectiveSettings(config, settings);
    const effective = lines.filter(({ withoutEffect }) => withoutEffect === undefined);
    const silent = lines.filter(({ withoutEffect }) => withoutEffect !== undefined);
    console.log(table(effective.map(({ key, value, source }) => [key, value, source])));
    if (silent.length > 0) {
      console.log(
        `\nSet, and without effect:\n${table(silent.map(({ key, value, source, withoutEffect }) => [key, value, `${source}: ${withoutEffect ?? ''}`]))}`,
      );
    }
    const explanation = explainEnsemble(config);
    if (explanation !== null) console.log(`\n${explanation}`);
    return ExitStatus.ok;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(`error: ${error.message}`);
    return ExitStatus.usage;
  }
}

/** Reads the stores: those that do not work are errors. */
function tlsWarnings({ tls, ensemble }: ServerConfig): readonly string[] {
  const nowMs = Date.now();
  const quorumTls = ensemble === null ? null : ensemble.tls;
  return [
    ...(tls === null ? [] : loadTlsMaterial(tls, nowMs).warnings),
    ...(quorumTls === null ? [] : loadQuorumTlsMaterial(quorumTls, nowMs).warnings),
  ];
}

function table(rows: readonly (readonly [string, string, string])[]): string {
  const keyWidth = widest(rows.map(([key]) => key));
  const valueWidth = widest(rows.map(([, value]) => value));
  return rows
    .map(([key, value, source]) => `${key.padEnd(keyWidth)}  ${value.padEnd(valueWidth)}  ${source}`)
    .join('\n');
}

/** One long path must not push a whole column off the screen. */
function widest(texts: readonly string[]): number {
  return Math.min(40, Math.max(0, ...texts.map(({ length }) => length)));
}
