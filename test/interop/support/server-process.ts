import { fourLetterWord } from './ports.js'
import type { TrackedProcess } from './tracked-process.js'
import { until } from './until.js'

/** What the interop tests need of a running server, whoever made it. */
export interface ServerProcess {
  readonly product: 'apache' | 'pinfold'
  readonly port: number
  readonly connectString: string
  readonly dataDir: string
  readonly process: TrackedProcess
  /** Ends it as an operator would (SIGTERM). */
  stop(): Promise<void>
  /** Ends it as a power cut would (SIGKILL). */
  kill(): Promise<void>
}

/** Waits until `srvr` is answered with a mode; rejects as soon as the process ends. */
export async function waitUntilServing(server: TrackedProcess, port: number, timeoutMs: number): Promise<void> {
  await until(
    async () => {
      if (server.status !== null) throw new Error(`server ended before it served: ${server.describe()}`)
      const answer = await fourLetterWord(port, 'srvr').catch(() => '')
      return answer.includes('Mode: ') ? answer : undefined
    },
    { what: `a server on port ${port}`, timeoutMs },
  )
}
