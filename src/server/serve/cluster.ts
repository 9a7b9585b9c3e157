/** The cluster that a server works for, behind the ports. */
import {
  createAccessReviewAuthorizer,
  createDelegatedAuthenticator,
  createDelegatedConfig,
  mastersAuthorizer,
  publicInfoAuthorizer,
} from '../../auth/index.ts';
import { ExpectedFailure, type HealthCheck } from '../../apiserver/server.ts';
import type { ServerObjects } from '../../clients/contract.ts';
import {
  createAccessReviewer,
  createKubernetesClients,
  createPodConnector,
  createPodExec,
  createServiceAccountIssuerSource,
  createServiceResolver,
  createStatefulSetDryRun,
  createTokenReviewer,
  createTransport,
  createWebhookCaller,
  createYieldingTransport,
  loadKubeConfig,
  podAddressRefusal,
} from '../../clients/kubernetes/index.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Leadership } from '../../runtime/leadership.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import type { Tracer } from '../../runtime/tracing.ts';
import { ConfigurationError } from '../configuration-error.ts';
import { createElection } from './election.ts';
import type { Surroundings } from './mode.ts';
import type { ElectionOptions } from './options.ts';

interface ClusterOptions {
  /** Absent: the service account of the pod that this runs in. */
  readonly kubeconfig?: string;
  /** Those that clusters are served in; absent: all. */
  readonly namespaces?: readonly string[] | undefined;
  /** Whether users write now, or did a moment ago: the controller's writes then yield. Asked once it runs. */
  readonly pressed: () => boolean;
  /** Commands in containers at a time. */
  readonly execs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer;
}

/** What stands for the cluster in the program. */
export interface Cluster {
  readonly surroundings: Surroundings;
  readonly objects: ServerObjects;
  /** By a Lease in the cluster. Nothing is asked of the cluster before `lead`. */
  elect(election: ElectionOptions): Leadership;
  /** Follows what it has, until the signal aborts; whoever is to be told of every object there is listens by now. */
  start(signal: AbortSignal): Promise<void>;
  stop(): void;
}

/**
 * Nothing is asked of the cluster yet.
 * @throws ConfigurationError where it is not known how to reach one
 */
export function connectCluster({ kubeconfig, execs, namespaces, pressed, ...tools }: ClusterOptions): Cluster {
  const { clock, logger, metrics, tracer } = tools;
  const traced = tracer === undefined ? {} : { tracer };
  const config = configured(kubeconfig);
  const transport = createTransport(config, { clock, metrics, ...traced });
  const context = {
    ...{ clock, logger, transport, random: Math.random },
    background: createYieldingTransport(transport, { pressed, clock }),
  };
  const clients = createKubernetesClients(context, namespaces);
  const election = createElection({ ...context, metrics, events: clients.events });
  const { native, events, server: objects, webhooks: configurations, policies, quotas } = clients;
  const resolve = createServiceResolver({ read: (service) => native.services.read(service), clock });
  const caller = createWebhookCaller({ resolve, clock, ...traced });
  const authentication = createDelegatedConfig(native.configMaps, logger);
  const reviews = createAccessReviewAuthorizer({ reviewer: createAccessReviewer(transport), clock, metrics });
  const masters = mastersAuthorizer(reviews);
  return {
    objects,
    surroundings: {
      ...{ native, events },
      admission: { configurations, caller, policies, quotas },
      dryRun: createStatefulSetDryRun(transport, clock),
      pods: createPodConnector({ clock, refusal: podAddressRefusal() }),
      exec: createPodExec({
        ...{ config, transport, clock, metrics, ...traced },
        pods: (namespace, name) => native.pods.get(namespace, name),
        parallelism: execs,
      }),
      authenticators: [
        createDelegatedAuthenticator({
          ...{ config: authentication, clock, logger, metrics },
          reviewer: createTokenReviewer(transport),
          issuer: createServiceAccountIssuerSource(transport),
        }),
      ],
      authorizer: publicInfoAuthorizer(masters),
      access: { review: async (request) => ({ reason: '', ...(await masters.authorize(request)) }) },
      checks: [
        readyUnless('delegated-authentication', () => (authentication.loaded() ? [] : ['its configuration'])),
        readyUnless('informers', () => clients.unsynced()),
      ],
    },
    elect: (options) => election.elect(options),
    async start(signal) {
      clients.start(signal);
      await authentication.start(signal);
    },
    stop() {
      election.stop();
      clients.close();
      caller.close();
      transport.close();
    },
  };
}

function configured(kubeconfig: string | undefined): ReturnType<typeof loadKubeConfig> {
  try {
    return loadKubeConfig(kubeconfig === undefined ? {} : { kubeconfig });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigurationError(`${why} (--kubeconfig)`, { cause });
  }
}

/** @param missing what kube-apiserver has not told yet */
function readyUnless(name: string, missing: () => readonly string[]): HealthCheck {
  return {
    name,
    endpoints: ['readyz'],
    check() {
      const what = missing();
      if (what.length > 0) throw new ExpectedFailure(`not known yet: ${what.join(', ')}`, 'warn');
    },
  };
}
