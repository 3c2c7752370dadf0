import { builtCommand } from '../../support/built.js';
import type { SpawnOptions } from '../../support/tracked-process.js';

export type MemberKind = 'apache' | 'pinfold';

const JAVA = '/usr/bin/java';
const CLASS_PATH = ['zookeeper', 'slf4j-simple'].map((jar) => `/usr/share/java/${jar}.jar`).join(':');
/** Small and quick to start: several of them live side by side, for a minute. */
const JVM_FLAGS = ['-Xmx192m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** Lines of zoo.cfg that Apache's servers read from the system's properties instead. */
const SYSTEM_PROPERTIES = ['znode.container.checkIntervalMs'];

export type ConfigLines = Readonly<Record<string, string | number | boolean>>;

/** How a server is started on its zoo.cfg, which has these lines among others. Both take the same file. */
export function commandOf(kind: MemberKind, configFile: string, config: ConfigLines = {}): SpawnOptions {
  if (kind === 'pinfold') return { command: process.execPath, args: [builtCommand(), 'server', configFile] };
  return {
    command: JAVA,
    args: [
      ...JVM_FLAGS,
      ...SYSTEM_PROPERTIES.filter((key) => key in config).map((key) => `-D${key}=${config[key]}`),
      '-Dzookeeper.jmx.log4j.disable=true',
      '-Dorg.slf4j.simpleLogger.showDateTime=true',
      '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
      '-cp',
      CLASS_PATH,
      'org.apache.zookeeper.server.quorum.QuorumPeerMain',
      configFile,
    ],
  };
}

/** Exit status after SIGTERM. A Java virtual machine that has run its shutdown hooks says 128 + 15. */
export function cleanExitCode(kind: MemberKind): number {
  return kind === 'pinfold' ? 0 : 143;
}
