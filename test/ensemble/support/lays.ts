import type { Ground, Place } from './ground.js';
import { NamespaceGround } from './namespace-ground.js';
import { ProxyGround } from './proxy-ground.js';

export type Lay = (servers: readonly Place[]) => Promise<Ground>;

export interface NamedLay {
  readonly kind: Ground['kind'];
  readonly lay: Lay;
}

let namespaces: Promise<boolean> | null = null;

/** Grounds that can be cut. */
export const LAYS = {
  proxies: (servers: readonly Place[]) => ProxyGround.lay(servers),

  namespaces: async (servers: readonly Place[]): Promise<Ground> => {
    const ground = await NamespaceGround.lay(servers);
    if (ground === null) throw new Error('this user may not make network namespaces');
    return ground;
  },

  /** Those that this user may make. */
  async allowed(): Promise<NamedLay[]> {
    namespaces ??= mayMakeNamespaces();
    const all: NamedLay[] = [{ kind: 'proxies', lay: LAYS.proxies }];
    if (await namespaces) all.push({ kind: 'namespaces', lay: LAYS.namespaces });
    return all;
  },
};

async function mayMakeNamespaces(): Promise<boolean> {
  const ground = await NamespaceGround.lay([]);
  await ground?.close();
  return ground !== null;
}
