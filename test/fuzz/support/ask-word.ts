import type { FuzzWorld } from './fuzz-world.js';

/** The answer to a four-letter word. */
export async function askWord(world: FuzzWorld, word: string): Promise<string> {
  const peer = world.connect();
  let answer = '';
  peer.onBytes = (bytes) => (answer += bytes.toString());
  peer.send(Buffer.from(word));
  await world.until(`the answer to ${word}`, () => peer.isClosed);
  return answer;
}

/** What a server holds for its clients, by the names of `mntr`. */
export interface Holdings {
  readonly zk_num_alive_connections: number;
  readonly zk_outstanding_requests: number;
  readonly zk_watch_count: number;
  readonly zk_ephemerals_count: number;
  readonly zk_global_sessions: number;
  readonly zk_znode_count: number;
}

export async function holdingsOf(world: FuzzWorld): Promise<Holdings> {
  const values = new Map(
    (await askWord(world, 'mntr')).split('\n').map((line) => line.split('\t') as [string, string]),
  );
  const value = (name: keyof Holdings): number => {
    const text = values.get(name);
    if (text === undefined) throw new Error(`mntr says nothing of ${name}`);
    return Number(text);
  };
  return {
    zk_num_alive_connections: value('zk_num_alive_connections'),
    zk_outstanding_requests: value('zk_outstanding_requests'),
    zk_watch_count: value('zk_watch_count'),
    zk_ephemerals_count: value('zk_ephemerals_count'),
    zk_global_sessions: value('zk_global_sessions'),
    zk_znode_count: value('zk_znode_count'),
  };
}
