/** Sends the same requests to kube-apiserver, for custom resources of the same shape, and to our server. */
import { appendFileSync } from 'node:fs';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differences, type Difference } from './compare.ts';
import { intended } from './intended/index.ts';
import { outdated, unintended } from './judge.ts';
import { openLab, type Lab } from './lab.ts';
import { clear, createQueue, makeLanes, namespacesOf, type Lane } from './lanes.ts';
import { play } from './play.ts';
import type { Seen } from './seen.ts';
import { liveScenarios } from './scenarios/index.ts';

const kubeconfig = process.env['KUBECONFIG'] ?? '';
const why = kubeconfig === '' ? ' (skipped: KUBECONFIG names no cluster to compare with)' : '';
/** If set, only scenarios whose name contains this text are played, for example while one is written. */
const only = process.env['CONFORMANCE_ONLY'];
const scenarios = liveScenarios.filter(({ name }) => only === undefined || name.includes(only));
/** The number of scenarios that are played at the same time. Watches take long, but need little processor time. */
const laneCount = 6;

const file = process.env['CONFORMANCE_DIFFERENCES'];

function record(lines: readonly object[]): void {
  if (file !== undefined) appendFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

describe.skipIf(why !== '')(`gives the same answers as kube-apiserver for a custom resource${why}`, () => {
  let lab: Lab;
  let lanes: Lane[];
  let inLane: <R>(use: (lane: Lane) => Promise<R>) => Promise<R>;
  const found: Difference[] = [];
  const played = new Set<string>();

  beforeAll(async () => {
    lab = await openLab(kubeconfig);
    lanes = await makeLanes(lab, laneCount);
    inLane = createQueue(lanes);
  });
  afterAll(async () => {
    await lab.cluster.dropNamespaces(...lanes.flatMap(namespacesOf));
    await lab.close();
  });

  describe.concurrent('in the scenario', () => {
    it.each(scenarios)('$name', async (scenario) => {
      const here = await inLane(async ({ custom, aggregated, direct }) => {
        const ours = { aggregated, ...(scenario.throughKubernetes === true ? {} : { direct }) };
        const stages = [custom, ...Object.values(ours)];
        const [theirs = new Map<string, Seen>(), ...answers] = await Promise.all(
          stages.map((stage) => play(stage, scenario)),
        );
        await Promise.all(stages.map(clear));
        for (const step of theirs.keys()) played.add(`${scenario.name}: ${step}`);
        const ways = Object.keys(ours) as (keyof typeof ours)[];
        return ways.flatMap((way, at) => differences(scenario.name, way, theirs, answers[at] ?? new Map()));
      });
      found.push(...here);
      const bad = unintended(here, intended);
      record(here.map((one) => ({ ...one, isIntended: !bad.includes(one) })));
      expect(bad).toEqual([]);
    });
  });

  it.skipIf(only !== undefined)('shows every difference in the list of intended differences', () => {
    expect(outdated(found, intended, played)).toEqual([]);
  });
});
