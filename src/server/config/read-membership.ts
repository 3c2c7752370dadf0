import { extname, resolve } from 'node:path';
import { parseZxid, ZXID_NONE } from '../../protocol/zxid.js';
import type { Zxid } from '../../protocol/zxid.js';
import { QuorumConfig } from '../zab/quorum-config.js';
import { ConfigError } from './config-error.js';
import type { ReadText } from './config-files.js';
import { parseProperties } from './properties.js';
import { SERVER_ID_MAX } from './server-id.js';
import { parseServerLine } from '../zab/server-line.js';
import type { ServerLine } from '../zab/server-line.js';
import { Settings } from './settings.js';

/** The servers that a configuration lists, as far as they could be read. Faults have been reported. */
export interface Membership {
  /** In the order of their numbers. */
  readonly lines: ReadonlyMap<number, ServerLine>;
  /** `server`, `group` and `weight` keys, in whichever file they stand. */
  readonly settings: Settings;
  readonly version: Zxid;
  /** Absolute path of the dynamic file; null when the members stand in the configuration file. */
  readonly dynamicFile: string | null;
}

const FAMILIES = ['server.', 'group.', 'weight.'] as const;

/** Reads `server.N` lines from the configuration file, or from the dynamic file that it names. */
export function readMembership(settings: Settings, context: { baseDir: string; readText: ReadText }): Membership {
  const named = settings.value('dynamicConfigFile');
  if (named === null || named === '') {
    return { lines: readLines(settings, settings), settings, version: ZXID_NONE, dynamicFile: null };
  }
  const misplaced = FAMILIES.flatMap((family) => settings.family(family));
  for (const { name } of misplaced) {
    settings.refuse(name, `must stand in ${named}: the members of a server with a dynamicConfigFile are all there`);
  }
  const dynamicFile = resolve(context.baseDir, named);
  const text = misplaced.length > 0 ? '' : context.readText(dynamicFile);
  if (text === null) settings.refuse('dynamicConfigFile', 'this file is missing; it must list the servers');
  const inside = readDynamicFile(settings, dynamicFile, text ?? '');
  return { lines: readLines(inside, settings), settings: inside, version: versionOf(dynamicFile), dynamicFile };
}

/** The membership with its quorums; null when they do not make sense, which is reported. */
export function buildQuorumConfig({ settings, version }: Membership): QuorumConfig | null {
  const lines = FAMILIES.flatMap((family) => settings.family(family)).map(({ name, value }) => `${name}=${value}`);
  try {
    return QuorumConfig.parse([...lines, `version=${version.toString(16)}`].join('\n'));
  } catch (error) {
    const [first] = [...settings.family('group.'), ...settings.family('weight.'), ...settings.family('server.')];
    settings.refuse(first?.name ?? 'server.1', messageOf(error));
    return null;
  }
}

/** Members that a reconfiguration proposed and that were not in force yet: `<config file>.dynamic.next`. */
export function readNextMembership(configFile: string, readText: ReadText): QuorumConfig | null {
  const path = `${configFile}.dynamic.next`;
  const text = readText(path);
  if (text === null) return null;
  try {
    return QuorumConfig.parse(text);
  } catch (error) {
    throw new ConfigError({
      key: null,
      value: null,
      allowed: `this file cannot be used: ${messageOf(error)}`,
      nearest: null,
      source: path,
      line: null,
    });
  }
}

/** A version is the zxid of the reconfiguration, in hex behind the last dot of the file's name. */
function versionOf(dynamicFile: string): Zxid {
  return parseZxid(extname(dynamicFile).slice(1)) ?? ZXID_NONE;
}

function readDynamicFile(settings: Settings, path: string, text: string): Settings {
  const entries = parseProperties(text, path).map((entry) => ({ ...entry, source: path }));
  const isMember = ({ key }: { key: string }): boolean => FAMILIES.some((family) => key.startsWith(family));
  for (const { key, source, line } of entries.filter((entry) => !isMember(entry))) {
    const allowed =
      key === 'version'
        ? 'must not stand here: the version of a dynamic file is the end of its name'
        : 'must not stand here: a dynamic file has server.N, group.N and weight.N lines only';
    settings.problems.push({ key, value: null, allowed, nearest: null, source, line });
  }
  return new Settings(entries.filter(isMember), { source: path, strict: true, reportTo: settings });
}

function readLines(written: Settings, all: Settings): Map<number, ServerLine> {
  const lines = new Map<number, ServerLine>();
  const idMax = all.required('extendedTypesEnabled') ? SERVER_ID_MAX - 1 : SERVER_ID_MAX;
  for (const { name, value } of written.family('server.')) {
    const id = name.slice('server.'.length);
    const sid = /^\d{1,9}$/.test(id) ? Number(id) : 0;
    if (sid < 1 || sid > idMax) {
      const why = idMax < SERVER_ID_MAX ? ' (extendedTypesEnabled=true takes one away)' : '';
      written.refuse(name, `the id ${id} must be a whole number from 1 to ${String(idMax)}${why}`);
      continue;
    }
    const line = parseServerLine(value);
    if (typeof line === 'string') written.refuse(name, line);
    else if (lines.has(sid)) written.refuse(name, `there is another line for server ${String(sid)}`);
    else if (line.addresses.length > 1 && !all.required('multiAddress.enabled')) {
      written.refuse(name, 'several addresses of a server need multiAddress.enabled=true on every server');
    } else lines.set(sid, line);
  }
  return new Map([...lines].sort(([left], [right]) => left - right));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
