// LeaderLatch and LeaderSelector: the verbs of ../curator/Leaders.java.
import { LeaderLatch, LeaderSelector } from 'pinfold';
import { Presence } from './presence.mjs';

function tellOf(participants) {
  return participants.map(({ id, isLeader }) => ({ id, leads: isLeader }));
}

async function untilAborted(signal) {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

export function furnish({ client, nanoTime, tell }) {
  const latches = new Map();
  const selectors = new Map();

  const follow = async (name, latch) => {
    for await (const term of latch.terms()) {
      tell('leads', { name, path: term.path });
      await untilAborted(term.signal);
      tell('follows', { name });
    }
  };

  return {
    'latch.start': async (name, path, id) => {
      const latch = new LeaderLatch(client, path, { id });
      latches.set(name, latch);
      latch.start();
      void follow(name, latch);
    },
    'latch.close': async (name) => {
      const at = nanoTime();
      await latches.get(name).close();
      return { at };
    },
    'latch.leads': (name) => latches.get(name).hasLeadership(),
    'latch.leader': async (name) => (await latches.get(name).leader())?.id ?? null,
    'latch.participants': async (name) => tellOf(await latches.get(name).participants()),
    'selector.run': async (path, presencePath, id, turns) => {
      const presence = new Presence({ client, nanoTime }, presencePath);
      const records = [];
      let done;
      const finished = new Promise((resolve) => {
        done = resolve;
      });
      const selector = new LeaderSelector(
        client,
        path,
        async (term) => {
          if (records.length === Number(turns)) return;
          records.push({ ...(await presence.visit(id)), token: term.token });
          if (records.length === Number(turns)) done();
        },
        { id },
      );
      selector.start();
      await finished;
      await selector.close();
      return records;
    },
    'selector.hold': async (name, path, id) => {
      const body = async (term) => {
        tell('leads', { name });
        await untilAborted(term.signal);
        tell('follows', { name });
      };
      const selector = new LeaderSelector(client, path, body, { id, requeue: false });
      selectors.set(name, selector);
      selector.start();
    },
    'selector.leader': async (name) => (await selectors.get(name).leader())?.id ?? null,
    'selector.participants': async (name) => tellOf(await selectors.get(name).participants()),
    'selector.close': async (name) => {
      await selectors.get(name).close();
      selectors.delete(name);
    },
  };
}
