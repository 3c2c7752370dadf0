// SharedCount, SharedValue and the atomics: the verbs of ../curator/Counters.java.
import {
  CachedAtomicLong,
  DistributedAtomicInteger,
  DistributedAtomicLong,
  DistributedAtomicValue,
  SharedCount,
  SharedValue,
} from 'pinfold';

/** Does something many times over, by several callers at once. */
async function many(times, callers, step) {
  const results = [];
  let left = Number(times);
  const caller = async () => {
    while (left-- > 0) results.push(await step());
  };
  await Promise.all(Array.from({ length: Number(callers) }, caller));
  return results;
}

/** Changes a shared value `times` times to what `next` makes of it; gives how often it had to try. */
async function change(shared, times, next) {
  let tries = 0;
  for (let done = 0; done < Number(times); tries += 1) {
    const now = await shared.read();
    if ((await shared.compareAndSet(now, next(now.value))).ok) done += 1;
  }
  return tries;
}

function tellOf({ succeeded, preValue, postValue }) {
  return { succeeded, before: String(preValue), after: String(succeeded ? postValue : preValue) };
}

export function furnish({ client }) {
  const shared = new Map();

  const open = async (name, value) => {
    shared.set(name, value);
    await value.start();
  };
  /** With a lock path, it tries without the lock only a few times. */
  const long = (path, lockPath = '') => {
    const promotedToLock = { path: lockPath, optimisticTriesMax: 2, timeoutMs: 60_000 };
    return new DistributedAtomicLong(client, path, lockPath === '' ? {} : { promotedToLock });
  };

  return {
    'count.open': (name, path, seed) => open(name, new SharedCount(client, path, { seed: Number(seed) })),
    'count.get': (name) => {
      const { value, version } = shared.get(name).versioned;
      return { value, version };
    },
    'count.set': (name, value) => shared.get(name).set(Number(value)),
    'count.raise': (name, times) => change(shared.get(name), times, (value) => value + 1),
    'value.open': (name, path, seed) => open(name, new SharedValue(client, path, { seed })),
    'value.get': (name) => shared.get(name).value,
    'value.set': (name, value) => shared.get(name).set(value),
    'value.append': (name, text, times) => change(shared.get(name), times, (value) => `${value.toString()}${text}`),
    'long.add': (path, lockPath, delta, times, callers) => {
      const number = long(path, lockPath);
      return many(times, callers, async () => (await number.add(BigInt(delta))).postValue);
    },
    'long.get': async (path) => {
      const value = String(await long(path).get());
      return { succeeded: true, before: value, after: value };
    },
    'long.initialize': (path, value) => long(path).initialize(BigInt(value)),
    'long.set': async (path, value) => tellOf(await long(path).trySet(BigInt(value))),
    'long.force': (path, value) => long(path).forceSet(BigInt(value)),
    'long.exchange': async (path, expected, value) =>
      tellOf(await long(path).compareAndSet(BigInt(expected), BigInt(value))),
    'integer.add': (path, delta, times, callers) => {
      const number = new DistributedAtomicInteger(client, path);
      return many(times, callers, async () => String((await number.add(Number(delta))).postValue));
    },
    'bytes.get': (path) => new DistributedAtomicValue(client, path).get(),
    'bytes.initialize': (path, value) => new DistributedAtomicValue(client, path).initialize(value),
    'bytes.exchange': async (path, expected, value) =>
      (await new DistributedAtomicValue(client, path).compareAndSet(expected, value)).succeeded,
    'cached.next': (path, cacheFactor, times) => {
      const cached = new CachedAtomicLong(client, long(path), Number(cacheFactor));
      return many(times, 1, async () => (await cached.next()).postValue);
    },
  };
}
