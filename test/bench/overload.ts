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
  #answers = 0;
  #refused = 0;
  readonly answered = (status: number): void => {
    if (status === 200) this.#answers++;
    else if (status === 429) this.#refused++;
    else throw new Error(`a get was answered with ${status}`);
  };

  take(): { answers: number; refused: number } {
    const taken = { answers: this.#answers, refused: this.#refused };
    this.#answers = this.#refused = 0;
    return taken;
  }
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

/** A get now and then. @returns the latencies in milliseconds */
async function askNowAndThen(stage: Stage, signal: AbortSignal): Promise<number[]> {
  const latencies: number[] = [];
  let waiting: (() => void) | undefined;
  const user = await openRawUser({
    ...{ credentials: stage.server.credentials, user: 'quiet', connections: 1 },
    answered: (status, milliseconds) => {
      if (status !== 200) throw new Error(`the quiet user was answered ${status}`);
      latencies.push(milliseconds);
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

/** The highest rate: as many requests as one user's 16 connections carry. */
async function peakOf(stage: Stage): Promise<number> {
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
  const begin = performance.now();
  await sleep(peakMs);
  const rate = (answers * 1000) / (performance.now() - begin);
  state.isOver = true;
  state.user.close();
  return rate;
}

async function measure(stage: Stage): Promise<Figure[]> {
  const { client, server } = stage;
  const names = Array.from({ length: noisyUsers }, (_, index) => `noisy-${index}`);
  await allowUsers(client, [...names, 'quiet']);
  await fill(stage, apps, objects, (index) => loadApp(`app-${index}`));
  await client.send('POST', apps, sparkApp());
  await clusterMs(stage, 'first');
  const calmMs = await clusterMs(stage, 'calm');
  const peak = await peakOf(stage);
  const tally = new Tally();
  const users = await Promise.all(
    names.map((user) =>
      openRawUser({ credentials: server.credentials, user, connections: connectionsOfOne, answered: tally.answered }),
    ),
  );
  const stop = new AbortController();
  const noise = sendAt(peak * overload, users, stop.signal);
  await sleep(peakMs / 3);
  tally.take();
  const begin = performance.now();
  const quiet = askNowAndThen(stage, stop.signal);
  const busyMs = await clusterMs(stage, 'busy');
  await sleep(Math.max(0, peakMs - (performance.now() - begin)));
  const { answers, refused } = tally.take();
  const seconds = (performance.now() - begin) / 1000;
  stop.abort();
  const [latencies] = await Promise.all([quiet, noise]);
  for (const user of users) user.close();
  const order = sorted(latencies);
  const what = `${noisyUsers} users with ${connectionsOfOne} connections each ask for ${overload} times the peak of ${peak.toFixed(0)}/s`;
  const goodput = answers / seconds;
  const detail = `${what}; ${(refused / seconds).toFixed(0)}/s refused`;
  return [
    { name: 'goodput, overload', value: goodput, unit: '1/s', detail },
    { name: 'goodput, share', value: (goodput / peak) * 100, unit: '%', detail: 'of the peak' },
    {
      name: 'quiet user, median',
      value: percentile(order, 0.5),
      unit: 'ms',
      detail: `${order.length} gets of a user with one connection`,
    },
    { name: 'quiet user, p99', value: percentile(order, 0.99), unit: 'ms', detail: 'the same' },
    {
      name: 'cluster, calm',
      value: calmMs / 1000,
      unit: 's',
      detail: `mean of ${newClusters} clusters of ${sparkMembers} members, simulated delays included`,
    },
    { name: 'cluster, overload', value: busyMs / 1000, unit: 's', detail: 'the same, while the others ask' },
  ];
}

export const overloadScenario: Scenario = {
  name: 'overload',
  about: 'users who ask for four times the peak: what is answered, and how a quiet user and a new cluster fare',
  run: (bench) => withServer(bench, measure),
};
