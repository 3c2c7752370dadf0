/** What is wrong with one key of a configuration, in parts, so that a caller can show or test each of them. */
export interface ConfigProblem {
  /** The key as its writer spelt it, or the key that is missing; null when the fault is not about one key. */
  readonly key: string | null;
  /** The value as written; null when the key is missing. Secrets arrive here already masked. */
  readonly value: string | null;
  /** What would be accepted, or why this is refused. */
  readonly allowed: string;
  /** The known key most like `key`, when `key` is not known. */
  readonly nearest: string | null;
  /** The file, or what else the setting came from ("command line"). */
  readonly source: string;
  /** Line number in that file, from 1; null when there is none. */
  readonly line: number | null;
}

/** A configuration that cannot be used. `message` is one line that names key, value and what is allowed. */
export class ConfigError extends Error {
  readonly code = 'INVALID_CONFIG';
  readonly problem: ConfigProblem;

  constructor(problem: ConfigProblem) {
    super(describeProblem(problem));
    this.name = 'ConfigError';
    this.problem = problem;
  }
}

/** The problem as one line, such as `zoo.cfg line 3: tickTime=abc: must be a whole number of ms, at least 1`. */
export function describeProblem(problem: ConfigProblem): string {
  const place = problem.line === null ? problem.source : `${problem.source} line ${String(problem.line)}`;
  const hint = problem.nearest === null ? '' : ` (did you mean ${problem.nearest}?)`;
  return oneLine(`${place}: ${subject(problem)}${problem.allowed}${hint}`);
}

function subject(problem: ConfigProblem): string {
  if (problem.key === null) return '';
  return problem.value === null ? `${problem.key} ` : `${problem.key}=${problem.value}: `;
}

/** A value may hold any character a properties file can escape; the log line must stay one line. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
