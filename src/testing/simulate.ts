import { SimulatedWorld } from './simulated-world.js';
import type { SimulatedWorldOptions } from './simulated-world.js';

/**
 * Runs a program in a world of its own: an ensemble of servers and clients of production, in this process and in virtual
 * time, on a network that the program can cut. Hours pass in seconds, and one seed always gives the same history.
 *
 * The program may wait only for what the world does: clients, recipes, and `world.sleep` and `world.until`. A `setTimeout`,
 * a real socket or a file belongs to another time: while the program waits for one of them, minutes pass in the world.
 *
 * Resolves to what the program returns, and rejects with what it throws; with a {@link SimulationError} when it has not
 * ended after `virtualTimeMaxMs`, or when a server broke a promise of its own: every world is checked for that as well.
 */
export async function simulate<Result>(
  program: (world: SimulatedWorld) => Promise<Result>,
  options: SimulatedWorldOptions = {},
): Promise<Result> {
  return SimulatedWorld.play(program, options);
}
