// DistributedBarrier and DistributedDoubleBarrier: the verbs of ../curator/Barriers.java.
import { DistributedBarrier, DistributedDoubleBarrier } from 'pinfold';

export function furnish({ client, nanoTime }) {
  const members = new Map();

  const timed = async (pass) => {
    const called = nanoTime();
    const passed = await pass().then(
      () => true,
      (error) => (error.code === 'TIMEOUT' ? false : Promise.reject(error)),
    );
    return { called, passed, at: nanoTime() };
  };
  const barrier = (path) => new DistributedBarrier(client, path);

  return {
    'barrier.set': (path) => barrier(path).setBarrier(),
    'barrier.remove': (path) => timed(() => barrier(path).removeBarrier()),
    'barrier.wait': (path, timeoutMs) => timed(() => barrier(path).waitOnBarrier({ timeoutMs: Number(timeoutMs) })),
    'double.join': async (name, path, size) => {
      members.set(name, new DistributedDoubleBarrier(client, path, Number(size)));
    },
    'double.enter': (name, timeoutMs) => timed(() => members.get(name).enter({ timeoutMs: Number(timeoutMs) })),
    'double.leave': (name, timeoutMs) => timed(() => members.get(name).leave({ timeoutMs: Number(timeoutMs) })),
  };
}
