/**
 * pods/log: what a simulated container would have written. Nothing really runs, so the lines are made from the status
 * of the pod. They are the same for every reader, also after a restart of the program.
 */
import type { ContainerStatus, Pod } from '../../apis/kubernetes/types.ts';
import type { NamespacedName } from '../../meta/object.ts';
import { badRequest, StatusError } from '../../meta/status.ts';
import type { ResourceRegistry } from '../../apiserver/registry/contract.ts';

interface LogLine {
  /** RFC 3339. */
  readonly time: string;
  readonly text: string;
}

function linesOf(pod: Pod, status: ContainerStatus, previous: boolean): LogLine[] {
  const image = status.image;
  const state = (previous ? status.lastState : status.state) ?? {};
  const started = state.running?.startedAt ?? state.terminated?.startedAt;
  if (started === undefined) return [];
  const lines = [
    { time: started, text: `container ${status.name} of pod ${pod.metadata.name ?? ''} started from image ${image}` },
    { time: started, text: 'this is a playground: the container is simulated, and no process of the image runs in it' },
  ];
  if (state.terminated) {
    const { exitCode, finishedAt = started } = state.terminated;
    lines.push({ time: finishedAt, text: `container ended with exit code ${exitCode}` });
  }
  return lines;
}

function chooseContainer(pod: Pod, asked: string | null): string {
  const own = pod.spec?.containers.map((one) => one.name) ?? [];
  const init = pod.spec?.initContainers?.map((one) => one.name) ?? [];
  const name = pod.metadata.name ?? '';
  if (asked) {
    if ([...own, ...init].includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  if (own.length === 1 && own[0] !== undefined) return own[0];
  const initText = init.length === 0 ? '' : ` or one of the init containers: [${init.join(' ')}]`;
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${own.join(' ')}]${initText}`);
}

const statusOf = (pod: Pod, container: string): ContainerStatus | undefined =>
  [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find(
    (one) => one.name === container,
  );

function currentLines(pod: Pod, container: string, previous: boolean): LogLine[] {
  const status = statusOf(pod, container);
  const name = pod.metadata.name ?? '';
  if (previous && status?.lastState?.terminated === undefined) {
    throw badRequest(`previous terminated container "${container}" in pod "${name}" not found`);
  }
  if (!previous && (status === undefined || status.state?.waiting)) {
    const reason = status?.state?.waiting?.reason;
    const why = reason === undefined ? 'is not available' : `is waiting to start: ${reason}`;
    throw badRequest(`container "${container}" in pod "${name}" ${why}`);
  }
  return status === undefined ? [] : linesOf(pod, status, previous);
}

const isTrue = (text: string | null): boolean => text === 'true' || text === '1' || text === '';

function selection(query: URLSearchParams, now: Date): (lines: LogLine[]) => LogLine[] {
  const tail = query.get('tailLines');
  const seconds = query.get('sinceSeconds');
  if (tail !== null && !/^\d+$/.test(tail)) {
    throw new StatusError(
      422,
      'Invalid',
      `PodLogOptions "" is invalid: tailLines: Invalid value: "${tail}": must be greater than or equal to 0`,
    );
  }
  const since =
    seconds === null ? (query.get('sinceTime') ?? '') : new Date(now.getTime() - Number(seconds) * 1000).toISOString();
  return (lines) => {
    const recent = lines.filter((line) => line.time >= since);
    return tail === null ? recent : recent.slice(Math.max(0, recent.length - Number(tail)));
  };
}

/**
 * The log lines that `kubectl logs` asks for. With `follow` it ends when the pod is deleted or the signal aborts.
 * @throws StatusError 404 if there is no such pod, 400 if the container is unknown or waits to start, 422 if tailLines is
 * not valid
 */
export async function* podLog(
  pods: ResourceRegistry<Pod>,
  target: NamespacedName,
  query: URLSearchParams,
  now: () => Date,
  signal: AbortSignal,
): AsyncIterable<string> {
  const { object: pod, revision } = await pods.get(target);
  const container = chooseContainer(pod, query.get('container'));
  const stamped = isTrue(query.get('timestamps'));
  const print = (line: LogLine): string => `${stamped ? `${line.time} ` : ''}${line.text}\n`;
  const lines = currentLines(pod, container, isTrue(query.get('previous')));
  for (const line of selection(query, now())(lines)) yield print(line);
  if (!isTrue(query.get('follow'))) return;
  yield* follow(pods, target, revision, signal, (next) => {
    const status = statusOf(next, container);
    const fresh = status === undefined ? [] : linesOf(next, status, false);
    const added = fresh.filter((line) => !lines.some((one) => one.time === line.time && one.text === line.text));
    lines.push(...added);
    return added.map(print);
  });
}

/** Yields new lines of one pod until the pod is deleted or the reader leaves. */
async function* follow(
  pods: ResourceRegistry<Pod>,
  target: NamespacedName,
  after: number,
  signal: AbortSignal,
  linesAfter: (pod: Pod) => string[],
): AsyncIterable<string> {
  const exact = (field: string): string | undefined => (field === 'metadata.name' ? target.name : undefined);
  const fields = { matches: (all: Readonly<Record<string, string>>) => all['metadata.name'] === target.name, exact };
  const subscription = pods.cache.watch({ after, namespace: target.namespace, fields });
  try {
    for (;;) {
      for (const event of subscription.take()) {
        if (event.type === 'DELETED') return;
        yield* linesAfter(event.object.object);
      }
      if (signal.aborted || subscription.ended()) return;
      await new Promise<void>((resolve) => {
        subscription.onReady(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  } finally {
    subscription.close();
  }
}
