import type { SimClient } from './sim-client.js';
import type { World } from './world.js';

/** How often is looked for an answer on its way, ms. */
const LOOK_MS = 5;
/** Parts of the session timeout: an answer is so late. Any later, and the client would have hung up. */
const LATE_PART = 0.28;
/** And then nothing gets through for so long. */
const SILENCE_PART = 1.6;

/**
 * The client's next answer is under way for a good part of the session's time, and from the moment when its request was
 * heard nothing reaches the server until the session is over: who counts the session's life from the answer, and not
 * from the request, believes in it for too long.
 */
export function delayNextAnswer(client: SimClient, world: World): void {
  const { clock, network, outside } = world;
  const timeoutMs = client.client.negotiatedTimeoutMs;
  // A client that has nothing to say pings three times in a timeout.
  const lookUntilMs = clock.nowMs + timeoutMs / 2;
  const look = (): void => {
    const [link] = network.openLinks(client.host.address);
    if (!client.isAlive || link === undefined || clock.nowMs > lookUntilMs) return;
    const answers = link.stream('client').incoming;
    if (answers.travellingBytes === 0) {
      answers.stalledUntilMs = clock.nowMs + 2 * LOOK_MS;
      outside.after(LOOK_MS, look);
      return;
    }
    const lateMs = LATE_PART * timeoutMs;
    answers.stalledUntilMs = clock.nowMs + lateMs;
    link.stream('server').incoming.stalledUntilMs = clock.nowMs + lateMs + SILENCE_PART * timeoutMs;
    outside.after(lateMs + 2 * LOOK_MS, () => {
      if (client.isAlive) network.isolate(client.host, SILENCE_PART * timeoutMs);
    });
  };
  look();
}
