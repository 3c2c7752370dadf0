import { appendFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endLivingProcesses } from '../../support/tracked-process.js';
import { HERD_CASES } from './all-cases.js';
import { CuratorTroupe } from './curator-troupe.js';
import type { HerdCase } from './herd-case.js';
import { HerdGround } from './herd-ground.js';
import type { HerdResult } from './measure.js';
import { measure, measureCurator } from './measure.js';

/** `npm run herd` has more, and puts Curator's beside. */
const WAITERS = (process.env['HERD_WAITERS'] ?? '5,25').split(',').map(Number);
const ONLY = process.env['HERD_ONLY']?.split(',');
const REPORTS = process.env['HERD_REPORTS'];
const WITH_CURATOR = process.env['HERD_CURATOR'] === 'yes';
const TIMEOUT_MS = 600_000;
/** Something else than a step may be asked for now and then. */
const REQUESTS_SLACK = 1;
const CASES = HERD_CASES.filter(({ id }) => ONLY === undefined || ONLY.includes(id));

let ground: HerdGround;
let troupe: CuratorTroupe | null = null;

beforeAll(async () => {
  ground = await HerdGround.lay();
  const missing = WITH_CURATOR ? CuratorTroupe.missing() : 'it was not asked for';
  if (missing !== null) console.log(`Curator is not measured: ${missing}`);
  if (missing === null) troupe = new CuratorTroupe(ground);
});

afterAll(async () => {
  await troupe?.disband();
  await ground.close();
  await endLivingProcesses();
});

function reported(result: HerdResult): void {
  if (REPORTS !== undefined) appendFileSync(REPORTS, `${JSON.stringify(result)}\n`);
}

describe.each(CASES.map((each): [string, HerdCase] => [`${each.recipe}, ${each.step}`, each]))('%s', (_, herdCase) => {
  it(
    `with ${WAITERS.join(', ')} who wait`,
    async () => {
      // What everybody is told grows with them; what one is told does not, and neither does what it asks then.
      const isForAll = herdCase.eventsMax(2) < herdCase.eventsMax(1000);
      let requestsOfFirst = NaN;
      for (const waiters of WAITERS) {
        const result = await measure({ ground, herdCase, waiters });
        reported(result);
        if (Number.isNaN(requestsOfFirst)) requestsOfFirst = result.requests;
        if (!isForAll) expect(result.requests, 'requests').toBeLessThanOrEqual(requestsOfFirst + REQUESTS_SLACK);
        expect(result.events, `watch events, ${waiters} waiters`).toBeLessThanOrEqual(herdCase.eventsMax(waiters));
        if (troupe !== null) reported(await measureCurator({ ground, herdCase, waiters }, troupe));
      }
    },
    TIMEOUT_MS,
  );
});
