// Everything that can be held: the verbs of ../curator/Locks.java.
import {
  InterProcessMultiLock,
  InterProcessMutex,
  InterProcessReadWriteLock,
  InterProcessSemaphoreMutex,
  InterProcessSemaphoreV2,
} from 'pinfold';
import { Presence } from './presence.mjs';

/** Every so many turns of a contest at a read/write lock are writes. */
const TURNS_PER_WRITE = 4;

/** How to wait for a hold of each kind. */
const kinds = {
  mutex: (client, path) => lockOf(new InterProcessMutex(client, path)),
  revocable: (client, path) => lockOf(new InterProcessMutex(client, path), { revocable: true }),
  read: (client, path) => lockOf(new InterProcessReadWriteLock(client, path).readLock()),
  write: (client, path) => lockOf(new InterProcessReadWriteLock(client, path).writeLock()),
  semaphore: (client, path, leases) => lockOf(new InterProcessSemaphoreV2(client, path, { permits: leases })),
  'semaphore-mutex': (client, path) => lockOf(new InterProcessSemaphoreMutex(client, path)),
  multi: (client, paths) => lockOf(new InterProcessMultiLock(client, paths.split(','))),
};

function lockOf(lock, more = {}) {
  return (wait) => lock.acquire({ ...wait, ...more });
}

export function furnish({ client, nanoTime, tell }) {
  const gates = new Map();
  const holds = new Map();

  const takeTurn = async (gate, mark, presence) => {
    const hold = await gate({});
    try {
      if (!hold.isHeld()) throw new Error('entered what is not held');
      return { ...(await presence.visit(mark)), token: hold.token };
    } finally {
      await hold.release();
    }
  };

  const contend = async (kind, path, presencePath, times, callers, leases) => {
    const presence = new Presence({ client, nanoTime }, presencePath);
    const turns = [];
    let left = Number(times);
    const caller = async () => {
      const own = {};
      while (left > 0) {
        const turn = left--;
        const mark = kind === 'read-write' ? (turn % TURNS_PER_WRITE === 0 ? 'write' : 'read') : kind;
        own[mark] ??= kinds[mark](client, path, Number(leases));
        turns.push(await takeTurn(own[mark], mark, presence));
      }
    };
    await Promise.all(Array.from({ length: Number(callers) }, caller));
    return turns;
  };

  return {
    'lock.open': async (name, kind, path, leases = '1') => {
      gates.set(name, kinds[kind](client, path, Number(leases)));
    },
    'lock.acquire': async (name, timeoutMs) => {
      const wait = Number(timeoutMs) < 0 ? {} : { timeoutMs: Number(timeoutMs) };
      const hold = await gates
        .get(name)(wait)
        .catch((error) => (error.code === 'TIMEOUT' ? null : Promise.reject(error)));
      if (hold === null) return null;
      holds.set(name, hold);
      const at = nanoTime();
      hold.revokeRequested?.addEventListener('abort', () => tell('revoke', { path: hold.path }));
      return { at, path: hold.path ?? null, token: hold.token ?? null };
    },
    'lock.release': async (name) => {
      const at = nanoTime();
      await holds.get(name).release();
      return { at };
    },
    'lock.contend': contend,
    'lock.revoke': (path) => InterProcessMutex.revoke(client, path),
    'lock.participants': (path) => new InterProcessMutex(client, path).participants(),
  };
}
