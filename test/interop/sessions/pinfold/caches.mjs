// CuratorCache, PersistentNode, PersistentTtlNode, GroupMember, and plain writes: the verbs of ../curator/Caches.java.
import { CuratorCache, GroupMember, PersistentNode, PersistentTtlNode } from 'pinfold';

export function furnish({ client, tell }) {
  const caches = new Map();
  const members = new Map();
  const nodes = new Map();

  const follow = async (name, cache) => {
    for await (const event of cache.events({ from: 'snapshot' })) {
      if (event.type === 'initialized') tell('initialized', { name });
      const seen = event.node ?? event.before;
      if (seen === undefined) continue;
      const type = `NODE_${event.type.toUpperCase()}`;
      tell('cache', { name, type, path: seen.path, data: event.node?.data?.toString() ?? null });
    }
  };

  /** Makes a node and its parents, or writes to it. */
  const set = async (path, data, whenThere = (error) => Promise.reject(error)) => {
    try {
      await client.create(path, data);
    } catch (error) {
      if (error.code === 'NODE_EXISTS') return whenThere(error);
      if (error.code !== 'NO_NODE') throw error;
      await set(path.slice(0, path.lastIndexOf('/')), null, () => undefined);
      await set(path, data, whenThere);
    }
  };
  const remove = async (path) => {
    const { children } = await client.getChildren(path);
    for (const name of children) await remove(`${path}/${name}`);
    await client.delete(path);
  };

  return {
    'node.set': async (path, data) => {
      await set(path, data, () => client.setData(path, data));
    },
    'node.delete': remove,
    'cache.open': async (name, path, how) => {
      const cache = new CuratorCache(client, path, { scope: how === 'single' ? 'node' : 'tree' });
      caches.set(name, cache);
      void follow(name, cache);
      cache.start();
    },
    'cache.entries': (name) =>
      Object.fromEntries([...caches.get(name).entries()].map(([path, { data }]) => [path, data?.toString() ?? ''])),
    'cache.close': (name) => caches.get(name).close(),
    'group.join': async (name, path, id, payload) => {
      const member = new GroupMember(client, path, id, { payload });
      members.set(name, member);
      member.start();
    },
    'group.members': (name) => Object.fromEntries(members.get(name).members),
    'group.setData': (name, payload) => members.get(name).setPayload(payload),
    'group.leave': (name) => members.get(name).close(),
    'persistent.open': async (name, mode, protection, path, data) => {
      const options = { mode: mode.toLowerCase().replaceAll('_', '-'), protection: protection === 'protected', data };
      const node = new PersistentNode(client, path, options);
      nodes.set(name, node);
      node.start();
      return node.created();
    },
    'persistent.setData': (name, data) => nodes.get(name).setData(data),
    'persistent.close': (name) => nodes.get(name).close(),
    'ttl.open': async (name, path, ttlMs, data) => {
      // As Curator 5.4 makes it; 5.9 has a node with a time to live.
      const node = new PersistentTtlNode(client, path, { ttlMs: Number(ttlMs), data, nodeMode: 'container' });
      nodes.set(name, node);
      node.start();
      await node.created();
    },
    'ttl.close': (name) => nodes.get(name).close(),
  };
}
