import { InterProcessMutex } from '../../../src/recipes/index.js';
import type { InterProcessMutexOptions } from '../../../src/recipes/index.js';
import type { World } from './world.js';

export const PATH = '/locks/a';

/** The mutex at `PATH`, as a new client of the world sees it. */
export function mutexOf(world: World, options: InterProcessMutexOptions = {}): InterProcessMutex {
  return new InterProcessMutex(world.client().keeper, PATH, options);
}
