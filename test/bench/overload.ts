/**
 * What a server that is asked for four times as much as it can do still does: how much it answers, how long a user waits who
 * asks for little, and how long a new cluster takes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.ts';
import { percentile, sorted, type Figure } from './figure.ts';
import { apps, clusters, loadApp, sparkApp, sparkCluster, sparkMembers } from './objects.ts';
import { openRawUser, type RawUser } from './raw-clients.ts';
import { fill, withServer, type Scenario, type Stage } from './scenario.ts';

const objects = 100;
const noisyUsers = 4;
const connectionsOfOne = 100;
/** How much more than the peak is asked for. */
const overload = 4;
const peakMs = 6000;
const tickMs = 5;
const quietEveryMs = 20;
const newClusters = 3;

const pathOf = (index: number): string => `${apps}/app-${index % objects}`;

/** Lets the users of the bench read: the administrator has no limits, so nothing would be measured with him alone. */
async function allowUsers(client: Client, users: readonly string[]): Promise<void> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const apiGroup = 'rbac.authorization.k8s.io';
  const rules = [{ apiGroups: ['kubedirector.hpe.com'], resources: ['*'], verbs: ['*'] }];
  await client.send('POST', `${rbac}/clusterroles`, {
    ...{ apiVersion: `${apiGroup}/v1`, kind: 'ClusterRole', metadata: { name: 'bench' }, rules },
  });
  await client.send('POST', `${rbac}/clusterrolebindings`, {
    ...{ apiVersion: `${apiGroup}/v1`, kind: 'ClusterRoleBinding', metadata: { name: 'bench' } },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'bench' },
    subjects: users.map((name) => ({ apiGroup, kind: 'User', name })),
  });
}

/** Counts answers while it counts. */
class Tally {
  answers = 0;
  refused = 0;
  readonly answered = (status: number): void => {
    if (status === 200) this.answers++;
    else this.refused++;
  };
}

/** Sends so many requests in a second, one user after the other; what finds no free connection is not sent. */
async function sendAt(perSecond: number, users: readonly RawUser[], signal: AbortSignal): Promise<void> {
  let due = 0;
  let sent = 0;
  let last = performance.now();
  while (!signal.aborted) {
    await sleep(tickMs);
    const now = performance.now();
    due += ((now - last) * perSecond) / 1000;
    last = now;
    for (; sent < due; sent++) users[sent % users.length]?.send(pathOf(sent));
  }
}

/** From the create until it is configured, in milliseconds: the mean of several, one after the other. */
async function clusterMs({ client }: Stage, prefix: string): Promise<number> {
  const begin = performance.now();
  for (let index = 0; index < newClusters; index++) {
    const name = `${prefix}-${index}`;
    await client.send('POST', clusters, sparkCluster(name));
    for (;;) {
      const { status } = JSON.parse((await client.send('GET', `${clusters}/${name}`)).text()) as {
        status?: { state?: string };
      };
      if (status?.state === 'configured') break;
      await sleep(quietEveryMs);
    }
  }
  return (performance.now() - begin) / newClusters;
}

/** A get now and then. @returns the latencies in milliseconds, Infinity for what was refused */
async function askNowAndThen(stage: Stage, signal: AbortSignal): Promise<number[]> {
  const latencies: number[] = [];
  let waiting: (() => void) | undefined;
  const user = await openRawUser({
    ...{ credentials: stage.server.credentials, user: 'quiet', connections: 1 },
    answered: (status, milliseconds) => {
      latencies.push(status === 200 ? milliseconds : Infinity);
      waiting?.();
    },
  });
  while (!signal.aborted) {
    const answer = new Promise<void>((resolve) => (waiting = resolve));
    user.send(pathOf(latencies.length));
    await answer;
    await sleep(quietEveryMs);
  }
  user.close();
  return latencies;
}

/** Answers in a second, and what they cost: the share of a busy machine that the server gets does not matter there. */
interface Rate {
  readonly perSecond: number;
  /** Milliseconds of the server's processor. */
  readonly eachMs: number;
}

function rateOf({ server }: Stage, answers: () => number): () => Rate {
  const [begin, cpu] = [performance.now(), server.cpuSeconds()];
  return () => ({
    perSecond: (answers() * 1000) / (performance.now() - begin),
    eachMs: ((server.cpuSeconds() - cpu) * 1000) / answers(),
  });
}

/** The highest rate: as many requests as one user's 16 connections carry. */
async function peakOf(stage: Stage): Promise<Rate> {
  let sent = 0;
  let answers = 0;
  const state: { user?: RawUser; isOver: boolean } = { isOver: false };
  const next = (): void => {
    if (!state.isOver) state.user?.send(pathOf(sent++));
  };
  state.user = await openRawUser({
    ...{ credentials: stage.server.credentials, user: 'noisy-0', connections: 16 },
    answered: () => {
      answers++;
      setImmediate(next);
    },
  });
  for (let index = 0; index < 16; index++) next();
  await sleep(peakMs / 3);
  answers = 0;
  const measured = rateOf(stage, () => answers);
  await sleep(peakMs);
  const rate = measured();
  state.isOver = true;
  state.user.close();
  return rate;
}

interface Fared {
  readonly goodput: Rate;
  readonly refusedPerSecond: number;
  /** Of the quiet user, in milliseconds. */
  readonly latencies: readonly number[];
  readonly clusterMs: number;
}

/** What happens while others ask for so much in a second. */
async function overloaded(stage: Stage, names: readonly string[], perSecond: number): Promise<Fared> {
  const tally = new Tally();
  const { credentials } = stage.server;
  const users = await Promise.all(
    names.map((user) => openRawUser({ credentials, user, connections: connectionsOfOne, answered: tally.answered })),
  );
  const stop = new AbortController();
  const noise = sendAt(perSecond, users, stop.signal);
  await sleep(peakMs / 3);
  tally.answers = tally.refused = 0;
  const measured = rateOf(stage, () => tally.answers);
  const quiet = askNowAndThen(stage, stop.signal);
  await sleep(peakMs);
  const goodput = measured();
  const refusedPerSecond = (tally.refused * 1000) / peakMs;
  const busyMs = await clusterMs(stage, 'busy');
  stop.abort();
  const [latencies] = await Promise.all([quiet, noise]);
  for (const user of users) user.close();
  return { goodput, refusedPerSecond, latencies, clusterMs: busyMs };
}

async function measure(stage: Stage): Promise<Figure[]> {
  const { client } = stage;
  const names = Array.from({ length: noisyUsers }, (_, index) => `noisy-${index}`);
  await allowUsers(client, [...names, 'quiet']);
  await fill(stage, apps, objects, (index) => loadApp(`app-${index}`));
  await client.send('POST', apps, sparkApp());
  await clusterMs(stage, 'first');
  const calmMs = await clusterMs(stage, 'calm');
  const peak = await peakOf(stage);
  const fared = await overloaded(stage, names, peak.perSecond * overload);
  return [...ofGoodput(peak, fared), ...ofQuiet(fared), ...ofClusters(calmMs, fared)];
}

function ofGoodput(peak: Rate, { goodput, refusedPerSecond }: Fared): Figure[] {
  const each = `server ${peak.eachMs.toFixed(3)} and ${goodput.eachMs.toFixed(3)} ms of processor each`;
  const who = `${noisyUsers} users with ${connectionsOfOne} connections each ask for ${overload} times as much`;
  return [
    { name: 'gets, peak', value: peak.perSecond, unit: '1/s', detail: '16 connections of one user' },
    {
      ...{ name: 'goodput, overload', value: goodput.perSecond, unit: '1/s' },
      detail: `${who}; ${refusedPerSecond.toFixed(0)}/s refused; ${each}`,
    },
    { name: 'goodput, share', value: (goodput.perSecond / peak.perSecond) * 100, unit: '%', detail: 'of the peak' },
  ];
}

function ofQuiet({ latencies }: Fared): Figure[] {
  const order = sorted([...latencies]);
  const refused = order.filter((one) => one === Infinity).length;
  const what = `${order.length} gets of a user with one connection, meanwhile; ${refused} refused`;
  return [
    { name: 'quiet user, median', value: percentile(order, 0.5), unit: 'ms', detail: what },
    { name: 'quiet user, p99', value: percentile(order, 0.99), unit: 'ms', detail: 'the same' },
  ];
}

function ofClusters(calmMs: number, { clusterMs: busyMs }: Fared): Figure[] {
  const what = `mean of ${newClusters} clusters of ${sparkMembers} members, simulated delays included`;
  return [
    { name: 'cluster, calm', value: calmMs / 1000, unit: 's', detail: what },
    { name: 'cluster, overload', value: busyMs / 1000, unit: 's', detail: 'the same, while the others ask' },
  ];
}

export const overloadScenario: Scenario = {
  name: 'overload',
  about: 'users who ask for four times the peak: what is answered, and how a quiet user and a new cluster fare',
  run: (bench) => withServer(bench, measure),
};
