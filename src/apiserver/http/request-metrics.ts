/** Counts and durations of requests, under kube-apiserver's names. */
import type { Metrics } from '../../runtime/metrics.ts';
import type { RequestInfo } from './contract.ts';

const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const labels = ['verb', 'group', 'version', 'resource', 'subresource', 'scope'] as const;
const component = 'apiserver';

const metricVerbs: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT' };

export interface RequestMetrics {
  /** @param seconds absent for long-running requests, whose duration says nothing */
  record(info: RequestInfo, code: number, seconds: number | undefined): void;
  /** A watch or another stream begins; the function returned ends it. */
  longRunning(info: RequestInfo): () => void;
}

interface Recorder {
  count(code: number): void;
  observe(seconds: number): void;
}

/**
 * @param isKnown tells the resources that are served: only they get label values of their own, so that no client can
 *        fill the memory with invented ones
 */
export function createRequestMetrics(metrics: Metrics, isKnown: (info: RequestInfo) => boolean): RequestMetrics {
  const total = metrics.counter('apiserver_request_total', 'Requests answered, by verb, resource and HTTP code.', [
    ...labels,
    'code',
    'dry_run',
    'component',
  ]);
  const duration = metrics.histogram(
    'apiserver_request_duration_seconds',
    'How long requests other than long-running ones took, in seconds.',
    [...labels, 'dry_run', 'component'],
    durationBuckets,
  );
  const running = metrics.gauge('apiserver_longrunning_requests', 'Watches and other streams open now.', [
    ...labels,
    'component',
  ]);
  const recorders = new Map<string, Recorder>();
  function makeRecorder(info: RequestInfo, dryRun: string): Recorder {
    const common = { ...labelsOf(info, isKnown(info)), dry_run: dryRun, component };
    const codes = new Map<number, { inc(): void }>();
    const histogram = duration.labels(common);
    return {
      count(code) {
        let counter = codes.get(code);
        if (counter === undefined) codes.set(code, (counter = total.labels({ ...common, code: String(code) })));
        counter.inc();
      },
      observe: (seconds) => histogram.observe(seconds),
    };
  }
  return {
    record(info, code, seconds) {
      const dryRun = info.query.get('dryRun') === 'All' ? 'All' : '';
      const key = isKnown(info) ? keyOf(info, dryRun) : otherKey(info);
      let recorder = recorders.get(key);
      if (recorder === undefined) recorders.set(key, (recorder = makeRecorder(info, dryRun)));
      recorder.count(code);
      if (seconds !== undefined) recorder.observe(seconds);
    },
    longRunning(info) {
      const gauge = running.labels({ ...labelsOf(info, isKnown(info)), component });
      gauge.inc();
      return () => gauge.dec();
    },
  };
}

function keyOf(info: RequestInfo, dryRun: string): string {
  const { verb, group, version, resource, subresource } = info;
  return `${verb} ${group} ${version} ${resource} ${subresource} ${scopeOf(info)} ${dryRun}`;
}

const otherKey = (info: RequestInfo): string => `${metricVerb(info.verb)} other`;

const methods = new Set(['GET', 'LIST', 'WATCH', 'POST', 'PUT', 'PATCH', 'DELETE', 'DELETECOLLECTION', 'HEAD']);

function metricVerb(verb: string): string {
  const name = metricVerbs[verb] ?? verb.toUpperCase();
  return methods.has(name) ? name : 'other';
}

function labelsOf(info: RequestInfo, known: boolean): Record<(typeof labels)[number], string> {
  const verb = metricVerb(info.verb);
  if (!known) return { verb, group: '', version: '', resource: '', subresource: '', scope: '' };
  const { group, version, resource, subresource } = info;
  return { verb, group, version, resource, subresource, scope: scopeOf(info) };
}

function scopeOf(info: RequestInfo): string {
  if (info.name !== '') return 'resource';
  return info.namespace === '' ? 'cluster' : 'namespace';
}
