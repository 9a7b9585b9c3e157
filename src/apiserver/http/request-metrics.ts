/** Counts, durations and sizes of requests, under kube-apiserver's names. */
import type { Metrics } from '../../runtime/metrics.ts';
import type { RequestInfo } from '../exchange.ts';

/** Seconds. Source of all buckets here: k8s.io/apiserver/pkg/endpoints/metrics. */
const sliBuckets = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];
const durationBuckets = [0.005, 0.025, ...sliBuckets];
/** Bytes. */
const sizeBuckets = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
const labels = ['verb', 'group', 'version', 'resource', 'subresource', 'scope'] as const;
const component = 'apiserver';

/** Paths that kube-apiserver counts separately, in the label `subresource`. */
const countedPaths = new Set(['/healthz', '/livez', '/readyz']);

const metricVerbs: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT' };

/** How long a request took. */
export interface Took {
  readonly seconds: number;
  /** The part of it spent waiting for admission webhooks. */
  readonly webhookSeconds: number;
}

/** Counts requests and their results. */
export interface RequestMetrics {
  /**
   * Counts an answered request.
   * @param took absent for long-running requests, whose duration has no meaning
   * @param bytes of the answer's body, if it was sent completely
   */
  record(info: RequestInfo, code: number, took: Took | undefined, bytes: number | undefined): void;
  /** A watch or another stream begins; call the returned function when it ends. */
  longRunning(info: RequestInfo): () => void;
  /** The server refused or ended the request to protect itself: too many requests, or a timeout. */
  terminated(info: RequestInfo, code: number): void;
  /** An answer was broken off after it had begun. */
  aborted(info: RequestInfo): void;
}

interface Recorder {
  count(code: number): void;
  observe(took: Took): void;
  size(bytes: number): void;
}

/**
 * Registers the metrics.
 * @param isKnown whether the resource is served: only served resources get their own label values, so that clients
 *        cannot fill the memory with invented ones
 */
export function createRequestMetrics(metrics: Metrics, isKnown: (info: RequestInfo) => boolean): RequestMetrics {
  const total = metrics.counter('apiserver_request_total', 'Requests answered, by verb, resource and HTTP code.', [
    ...labels,
    'code',
    'dry_run',
    'component',
  ]);
  const duration = metrics.distribution(
    'apiserver_request_duration_seconds',
    'How long requests other than long-running ones took, in seconds.',
    durationBuckets,
  );
  // Without the time of webhooks; there are no queues. Dry runs do not count.
  const sli = metrics.distribution(
    'apiserver_request_sli_duration_seconds',
    'How long requests other than long-running ones took without admission webhooks, in seconds.',
    sliBuckets,
  );
  const sizes = metrics.distribution('apiserver_response_sizes', 'Sizes of answers to reads, in bytes.', sizeBuckets);
  const recorders = new Map<string, Recorder>();
  function makeRecorder(info: RequestInfo, dryRun: string): Recorder {
    const request = labelsOf(info, isKnown(info));
    const own = { ...request, component };
    const common = { ...request, dry_run: dryRun, component };
    const isRead = own.verb === 'GET' || own.verb === 'LIST';
    const codes = new Map<number, { inc(): void }>();
    const whole = duration.labels(common);
    const indicator = dryRun === '' ? sli.labels(own) : undefined;
    const size = isRead ? sizes.labels(own) : undefined;
    return {
      count(code) {
        let counter = codes.get(code);
        if (counter === undefined) codes.set(code, (counter = total.labels({ ...common, code: String(code) })));
        counter.inc();
      },
      observe({ seconds, webhookSeconds }) {
        whole.observe(seconds);
        // In a deletecollection, webhook calls may overlap, so the difference may be negative.
        indicator?.observe(Math.max(0, seconds - webhookSeconds));
      },
      size: (bytes) => size?.observe(bytes),
    };
  }
  return {
    record(info, code, took, bytes) {
      const dryRun = info.query.get('dryRun') === 'All' ? 'All' : '';
      const key = isKnown(info) ? keyOf(info, dryRun) : otherKey(info);
      let recorder = recorders.get(key);
      if (recorder === undefined) recorders.set(key, (recorder = makeRecorder(info, dryRun)));
      recorder.count(code);
      if (took !== undefined) recorder.observe(took);
      if (bytes !== undefined) recorder.size(bytes);
    },
    longRunning: createLongRunningGauge(metrics, isKnown),
    ...createEndCounters(metrics, isKnown),
  };
}

function createLongRunningGauge(
  metrics: Metrics,
  isKnown: (info: RequestInfo) => boolean,
): RequestMetrics['longRunning'] {
  const running = metrics.gauge('apiserver_longrunning_requests', 'Watches and other streams open now.', [
    ...labels,
    'component',
  ]);
  return (info) => {
    const gauge = running.labels({ ...labelsOf(info, isKnown(info)), component });
    gauge.inc();
    return () => gauge.dec();
  };
}

/** Counters of requests that do not end normally. */
function createEndCounters(
  metrics: Metrics,
  isKnown: (info: RequestInfo) => boolean,
): Pick<RequestMetrics, 'terminated' | 'aborted'> {
  const terminations = metrics.counter(
    'apiserver_request_terminations_total',
    'Requests that the server refused or ended in self-defense.',
    [...labels, 'component', 'code'],
  );
  const aborts = metrics.counter('apiserver_request_aborts_total', 'Answers broken off after they had begun.', labels);
  return {
    terminated: (info, code) => terminations.inc({ ...labelsOf(info, isKnown(info)), component, code: String(code) }),
    aborted: (info) => aborts.inc(labelsOf(info, isKnown(info))),
  };
}

function keyOf(info: RequestInfo, dryRun: string): string {
  const { verb, group, version, resource, subresource } = info;
  return `${verb} ${group} ${version} ${resource} ${subresource} ${scopeOf(info)} ${dryRun}`;
}

const otherKey = (info: RequestInfo): string => `${metricVerb(info.verb)} other ${countedPath(info)}`;

function countedPath({ isResourceRequest, path }: RequestInfo): string {
  return !isResourceRequest && countedPaths.has(path) ? path : '';
}

const methods = new Set(['GET', 'LIST', 'WATCH', 'POST', 'PUT', 'PATCH', 'DELETE', 'DELETECOLLECTION', 'HEAD']);

function metricVerb(verb: string): string {
  const name = metricVerbs[verb] ?? verb.toUpperCase();
  return methods.has(name) ? name : 'other';
}

function labelsOf(info: RequestInfo, known: boolean): Record<(typeof labels)[number], string> {
  const verb = metricVerb(info.verb);
  if (!known) return { verb, group: '', version: '', resource: '', subresource: countedPath(info), scope: '' };
  const { group, version, resource, subresource } = info;
  return { verb, group, version, resource, subresource, scope: scopeOf(info) };
}

function scopeOf(info: RequestInfo): string {
  if (info.name !== '' || info.verb === 'create') return 'resource';
  return info.namespace === '' ? 'cluster' : 'namespace';
}
