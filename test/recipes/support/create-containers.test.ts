import { describe, expect, it } from 'vitest';
import { KeeperError, NoNodeError, NodeExistsError } from '../../../src/client/index.js';
import type { CreateOptions, KeeperClient } from '../../../src/client/index.js';
import { createContainers } from '../../../src/recipes/support/create-containers.js';
import { WaitBudget } from '../../../src/client/support/wait-budget.js';
import { parentOf } from '../../../src/protocol/paths.js';
import { World } from '../model/world.js';

/** A server that knows just this operation, and answers it as `refusal` says, if that says anything. */
function clientOf(refusal: (path: string, mode: string) => Error | null): { client: KeeperClient; made: string[] } {
  const made: string[] = [];
  const { keeper } = new World().client();
  const create = async (path: string, _data: unknown, { mode = 'persistent' }: CreateOptions): Promise<void> => {
    const error = refusal(path, mode);
    if (error !== null) throw error;
    if (made.some((each) => each.endsWith(` ${path}`))) throw new NodeExistsError({ path });
    const parent = parentOf(path);
    if (parent !== '/' && !made.some((each) => each.endsWith(` ${parent}`))) throw new NoNodeError({ path });
    made.push(`${mode} ${path}`);
  };
  const client = Object.assign(keeper, { create, chroot: '/app' });
  return { client, made };
}

function make(client: KeeperClient, path: string): Promise<void> {
  return createContainers(client, new WaitBudget(client, {}, 'test'), { path, acl: undefined });
}

describe('createContainers', () => {
  it('makes what is missing, from the top down', async () => {
    const { client, made } = clientOf(() => null);
    await make(client, '/a/b/c');
    await make(client, '/a/b/d');
    expect(made).toEqual(['container /a', 'container /a/b', 'container /a/b/c', 'container /a/b/d']);
  });

  it('makes persistent nodes where the server knows no containers', async () => {
    const unimplemented = new KeeperError({ code: 'UNIMPLEMENTED', rc: -6, text: 'not here' });
    const { client, made } = clientOf((_path, mode) => (mode === 'container' ? unimplemented : null));
    await make(client, '/a/b');
    expect(made).toEqual(['persistent /a', 'persistent /a/b']);
  });

  it('begins again when a parent is collected between two steps', async () => {
    let collections = 0;
    const { client, made } = clientOf((path) => {
      if (path !== '/a/b' || collections === 3) return null;
      collections += 1;
      made.length = 0;
      return new NoNodeError({ path });
    });
    await make(client, '/a/b');
    expect(made).toEqual(['container /a', 'container /a/b']);
  });

  it('says that the chroot is missing, instead of looking for it for ever', async () => {
    const { client } = clientOf((path) => new NoNodeError({ path }));
    await expect(make(client, '/a/b')).rejects.toThrow('the chroot /app does not exist');
  });

  it('passes on what it cannot help', async () => {
    const { client } = clientOf((path) => new KeeperError({ code: 'NO_AUTH', rc: -102, text: `not ${path}` }));
    await expect(make(client, '/a')).rejects.toMatchObject({ code: 'NO_AUTH' });
  });
});
