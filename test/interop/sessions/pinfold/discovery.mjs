// Service discovery: the verbs of ../curator/Discovery.java.
import { ServiceDiscovery } from 'pinfold';

/** The class of Curator's peer that a payload of the kind `host` is of. */
const HOST_CLASS = 'Discovery$Host';

function tellOf(instances) {
  return instances.map((instance) => ({ ...instance, uri: instance.uriSpec?.build(instance) ?? null }));
}

export function furnish({ client }) {
  const opened = new Map();
  const caches = new Map();
  const providers = new Map();

  return {
    'discovery.open': async (name, basePath, payload, mode = '') => {
      const javaClass = { map: 'java.util.LinkedHashMap', host: HOST_CLASS }[payload];
      const serializer = { compatible: mode !== 'enabled', javaClass };
      opened.set(name, new ServiceDiscovery(client, basePath, { serializer }));
    },
    'discovery.register': async (name, instance) => {
      await opened.get(name).registerService(JSON.parse(instance));
    },
    // A registration of the same id is updated in place.
    'discovery.update': async (name, instance) => {
      await opened.get(name).registerService(JSON.parse(instance));
    },
    'discovery.unregister': (name, id, service) => opened.get(name).unregisterService({ name: service, id }),
    'discovery.names': async (name) => (await opened.get(name).queryForNames()).sort(),
    'discovery.instances': async (name, service) => tellOf(await opened.get(name).queryForInstances(service)),
    'discovery.cache': async (name, service) => {
      const cache = opened.get(name).serviceCache(service);
      caches.set(name, cache);
      cache.start();
      await cache.ready();
    },
    'discovery.cached': (name) => tellOf(caches.get(name).instances),
    'discovery.provide': async (name, service) => {
      const provider = opened.get(name).serviceProvider(service);
      providers.set(name, provider);
      await provider.ready();
    },
    'discovery.pick': (name) => providers.get(name).getInstance()?.id ?? null,
    'discovery.close': (name) => opened.get(name).close(),
  };
}
