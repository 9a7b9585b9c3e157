/** What a server behind kube-apiserver adds: the native objects, users and webhooks of a cluster. */
import { randomUUID } from 'node:crypto';
import { createAdmission, type Admission } from '../../apiserver/admission/index.ts';
import { createQuota } from '../../apiserver/admission/quota.ts';
import type { AuditLog } from '../../apiserver/audit/index.ts';
import type { HealthCheck } from '../../apiserver/server.ts';
import type { Authenticator, Authorizer } from '../../auth/contract.ts';
import type {
  AccessReviewer,
  AdmissionPolicies,
  EventRecorder,
  NativeClients,
  PodConnector,
  PodExec,
  QuotaObjects,
  StatefulSetDryRun,
  WebhookCaller,
  WebhookConfigurations,
} from '../../clients/contract.ts';
import type { Front } from '../../front/index.ts';
import { previewStatefulSets } from '../../controller/index.ts';
import { createUrlProbe } from '../../registry/kubedirector/index.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import type { Tracer } from '../../runtime/tracing.ts';
import type { Mode } from '../compose.ts';
import { phaseOf } from '../namespace-phase.ts';
import { groupResources } from '../resources.ts';
import { version } from '../version.ts';
import type { ControllerFlags, LimitOptions } from './options.ts';

/** What stands for the cluster: a real one's, or a test's. */
export interface Surroundings {
  readonly native: NativeClients;
  readonly exec: PodExec;
  readonly pods: PodConnector;
  readonly events: EventRecorder;
  /** In the order in which they are asked. */
  readonly authenticators: readonly Authenticator[];
  readonly authorizer: Authorizer;
  readonly access: AccessReviewer;
  /** What the cluster wants to be asked about what is written; absent: nothing. */
  readonly admission?: {
    readonly configurations: WebhookConfigurations;
    readonly caller: WebhookCaller;
    readonly policies: AdmissionPolicies;
    readonly quotas: QuotaObjects;
  };
  /** Absent: pods are judged by the rules of this program alone. */
  readonly dryRun?: StatefulSetDryRun;
  /** Whether what is needed of the cluster is known by now. */
  readonly checks: readonly HealthCheck[];
}

interface ServeModeOptions extends Surroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly limits: Pick<LimitOptions, 'readOnlyRequests' | 'mutatingRequests' | 'requestTimeoutMs'>;
  /** At a time. Absent: as many as the system gives. */
  readonly maxConnections?: number;
  readonly controller: Omit<ControllerFlags, 'guestToolsFile' | 'execs'> & { readonly guestTools?: Uint8Array };
  readonly audit?: AuditLog;
  /** Absent: no page is served. */
  readonly front?: Front;
  /** Absent: calls of webhooks are not traced. */
  readonly tracer?: Tracer;
}

/**
 * The mode of a server on a real cluster: KubeDirector's resources only, native objects through their clients. The
 * caller starts these clients, after the composition: whoever listens by then is told of every object there is.
 */
export function createServeMode(options: ServeModeOptions): Mode {
  const { native, exec, pods, events, access, checks, limits, audit, maxConnections, dryRun, clock } = options;
  const admission = admissionOf(options);
  const { clusters, guests, probePrivateUrls, ...controller } = options.controller;
  const [major = '', minor = ''] = version.split('.');
  return {
    server: {
      authenticators: options.authenticators,
      authorizer: options.authorizer,
      namespaces: {
        // What was made a moment ago may not be in the view yet.
        phase: async (name) =>
          phaseOf(native.namespaces.get('', name) ?? (await native.namespaces.read({ namespace: '', name }))),
      },
      limits: { readOnly: limits.readOnlyRequests, mutating: limits.mutatingRequests },
      requestTimeoutMs: limits.requestTimeoutMs,
      ...(maxConnections === undefined ? {} : { maxConnections }),
      ...(audit === undefined ? {} : { audit }),
      ...(options.front === undefined ? {} : { front: options.front }),
      ...(admission === undefined ? {} : { admission }),
      ...(options.admission === undefined ? {} : { quota: createQuota(options.admission.quotas, clock) }),
    },
    version: { major, minor, gitVersion: `v${version}` },
    checks,
    native: () => native,
    pods: () => pods,
    exec: () => exec,
    access,
    urlProblem: createUrlProbe({ allowPrivateAddresses: probePrivateUrls }),
    ...(dryRun === undefined ? {} : { podTemplates: { dryRun, statefulSets: previewStatefulSets, clock } }),
    resources: groupResources,
    workloads: () => ({ native, exec, events, start: () => Promise.resolve(), stop: () => undefined }),
    controller: { parallelism: { clusters, guests }, ...controller },
    mayBeSilent: true,
  };
}

function admissionOf(options: ServeModeOptions): Admission | undefined {
  const { admission, native, authorizer, clock, logger, metrics, tracer } = options;
  if (admission === undefined) return undefined;
  const { namespaces } = native;
  return createAdmission({
    ...{ ...admission, namespaces, authorizer, clock, logger, metrics, uid: randomUUID },
    ...(tracer === undefined ? {} : { tracer }),
  });
}
