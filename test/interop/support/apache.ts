import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './ports.js'
import { waitUntilServing, type ServerProcess } from './server-process.js'
import { TrackedProcess } from './tracked-process.js'

const JAVA_DIR = '/usr/share/java'
const JAVA = '/usr/bin/java'
const SERVER_JAR = join(JAVA_DIR, 'zookeeper.jar')
const START_TIMEOUT_MS = 30_000
const STOP_GRACE_MS = 10_000

/** `super:admin`, as the digest that the server is configured with. */
export const SUPER_DIGEST = 'super:xQJmxLMiHGwaqBvst5y6rkB6HQs='
export const SUPER_AUTH = 'super:admin'

export interface ApacheOptions {
  /** Where `version-2` lies. Default: a temporary folder that goes with the server. */
  readonly dataDir?: string
  readonly dataLogDir?: string
  /** Keys of zoo.cfg that replace or join the defaults; `null` leaves a default out. */
  readonly config?: Readonly<Record<string, string | number | boolean | null>>
  /** Java properties, for the few keys that zoo.cfg cannot set (`jute.maxbuffer`, `znode.container.checkIntervalMs`). */
  readonly properties?: Readonly<Record<string, string | number | boolean>>
}

/** Why Apache ZooKeeper's server cannot be started here, or null when it can. */
export function apachePresent(): string | null {
  if (!existsSync(SERVER_JAR)) return `${SERVER_JAR} is missing: install Debian's package zookeeper`
  if (!existsSync(JAVA)) return `${JAVA} is missing: install Debian's package default-jre-headless`
  return null
}

/** Class path for a Java program that uses the given Debian jars; logs go to standard error. */
export function classPath(...jars: readonly string[]): string {
  return [...jars, 'slf4j-simple'].map((name) => (name.includes('/') ? name : join(JAVA_DIR, `${name}.jar`))).join(':')
}

/** Small and quick to start: these processes live for seconds, several side by side. */
export const JVM_FLAGS: readonly string[] = ['-Xmx256m', '-Xshare:auto', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']

/** A standalone Apache ZooKeeper server of Debian's package, on a free port of the loopback interface. */
export async function startApache(options: ApacheOptions = {}): Promise<ServerProcess> {
  const missing = apachePresent()
  if (missing !== null) throw new Error(missing)
  const home = await mkdtemp(join(tmpdir(), 'interop-apache-'))
  const dataDir = options.dataDir ?? join(home, 'data')
  await mkdir(dataDir, { recursive: true })
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    const configFile = join(home, 'zoo.cfg')
    await writeFile(configFile, zooCfg({ ...options, dataDir }, port))
    const server = new TrackedProcess({ command: JAVA, args: javaArgs(options, configFile), cwd: home })
    try {
      await waitUntilServing(server, port, START_TIMEOUT_MS)
      return new ApacheServer({ process: server, port, dataDir, home })
    } catch (error) {
      await server.stop('SIGKILL', STOP_GRACE_MS)
      // Between asking for a free port and binding it, somebody else may have taken it.
      if (attempt < 3 && server.stderr.includes('Address already in use')) continue
      await rm(home, { recursive: true, force: true })
      throw error
    }
  }
}

function javaArgs(options: ApacheOptions, configFile: string): string[] {
  const properties = Object.entries({ 'zookeeper.jmx.log4j.disable': true, ...options.properties })
  return [
    ...JVM_FLAGS,
    ...properties.map(([name, value]) => `-D${name}=${value}`),
    '-cp',
    classPath('zookeeper'),
    'org.apache.zookeeper.server.quorum.QuorumPeerMain',
    configFile,
  ]
}

function zooCfg(options: ApacheOptions & { dataDir: string }, port: number): string {
  const keys = {
    dataDir: options.dataDir,
    ...(options.dataLogDir === undefined ? {} : { dataLogDir: options.dataLogDir }),
    clientPort: port,
    clientPortAddress: '127.0.0.1',
    tickTime: 500,
    maxClientCnxns: 0,
    preAllocSize: 64,
    'admin.enableServer': false,
    '4lw.commands.whitelist': '*',
    extendedTypesEnabled: true,
    'DigestAuthenticationProvider.superDigest': SUPER_DIGEST,
    ...options.config,
  }
  const lines = Object.entries(keys).filter(([, value]) => value !== null)
  return lines.map(([key, value]) => `${key}=${value}\n`).join('')
}

class ApacheServer implements ServerProcess {
  readonly product = 'apache'
  readonly process: TrackedProcess
  readonly port: number
  readonly connectString: string
  readonly dataDir: string
  readonly #home: string

  constructor(parts: { process: TrackedProcess; port: number; dataDir: string; home: string }) {
    this.process = parts.process
    this.port = parts.port
    this.connectString = `127.0.0.1:${parts.port}`
    this.dataDir = parts.dataDir
    this.#home = parts.home
  }

  async stop(): Promise<void> {
    await this.process.stop('SIGTERM', STOP_GRACE_MS)
    await rm(this.#home, { recursive: true, force: true })
  }

  async kill(): Promise<void> {
    await this.process.stop('SIGKILL', STOP_GRACE_MS)
    await rm(this.#home, { recursive: true, force: true })
  }
}
