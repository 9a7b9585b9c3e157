/** What a playground adds: Kubernetes' own resources, simulators, certificates and roles. */
import { randomUUID } from 'node:crypto';
import type { Namespace } from '../apis/kubernetes/types.ts';
import { createClientCertificateAuthenticator, mastersAuthorizer, publicInfoAuthorizer } from '../auth/index.ts';
import type { AccessReviewer, NativeClients, PodConnector, PodExec } from '../clients/contract.ts';
import {
  createAccessRules,
  createPlayground,
  tellHappenings,
  type PlaygroundDelays,
  type RegistryLookup,
} from '../playground/index.ts';
import type { Front, PageKeys } from '../front/index.ts';
import { trustUrls } from '../registry/kubedirector/index.ts';
import type { Clock } from '../runtime/clock.ts';
import { quieter, type Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Mode, ModeParts } from './compose.ts';
import { controllerManager, controllerUserOf } from './controller.ts';
import { later } from './later.ts';
import { phaseOf } from './namespace-phase.ts';
import { composeResources } from './resources.ts';
import { kubernetesVersion, version } from './version.ts';

interface PlaygroundModeOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** PEM: who signs the certificates of clients. */
  readonly authorities: string;
  readonly delays: PlaygroundDelays;
  /** The page; absent: there is none. */
  readonly page?: { readonly front: Front; readonly keys: PageKeys };
  /** The port that the server listens on; asked for at the start. */
  readonly port: () => number;
}

/** The namespace that KubeDirector is said to run in. */
export const playgroundNamespace = 'kubedirector';

/** The mode of a playground. @param options with the logger that tells what happens */
export function createPlaygroundMode(options: PlaygroundModeOptions, { hub, server }: ModeParts): Mode {
  const { clock, metrics, authorities, page } = options;
  const native = later<NativeClients>('the native clients');
  const pods = later<PodConnector>('the network of the pods');
  const exec = later<PodExec>('the containers of the pods');
  const lookup: RegistryLookup = { registry: (group, plural) => server().registry(group, plural) };
  // Health is asked for before there are caches to find roles in.
  const authorizer = publicInfoAuthorizer(mastersAuthorizer(createAccessRules(lookup).authorizer));
  const access: AccessReviewer = {
    review: async (request) => ({ reason: '', ...(await authorizer.authorize(request)) }),
  };
  return {
    server: {
      authenticators: [
        createClientCertificateAuthenticator({ authorities, clock }),
        ...(page === undefined ? [] : [page.keys.authenticator]),
      ],
      ...(page === undefined ? {} : { front: page.front }),
      authorizer,
      impersonation: true,
      namespaces: {
        phase: (name) => phaseOf(server().registry<Namespace>('', 'namespaces').cache.get('', name)?.object),
      },
    },
    version: { ...kubernetesVersion, kubedirector: version },
    checks: [],
    native: native.get,
    pods: pods.get,
    exec: exec.get,
    access,
    // There is no network to look at from a playground: its guests download nothing.
    urlProblem: trustUrls,
    resources: (group) =>
      composeResources(group, { hub, metrics, access, lookup, now: () => clock.now(), random: Math.random }),
    workloads(turns) {
      const playground = createPlayground({
        ...{ turns, registries: server().registries, clock, metrics, logger: quieter(options.logger) },
        ...{
          systemNamespace: playgroundNamespace,
          user: controllerUserOf(playgroundNamespace),
          manager: controllerManager,
        },
        ...{ random: Math.random, requestId: randomUUID, delays: options.delays },
        ...{ caCertificate: authorities, port: options.port() },
      });
      native.set(playground.native);
      pods.set(playground.pods);
      exec.set(playground.exec);
      return {
        ...{ native: playground.native, exec: playground.exec, events: playground.events },
        async start(signal) {
          await playground.start(signal);
          tellHappenings(lookup, options.logger, signal);
        },
        stop: () => playground.stop(),
      };
    },
    controller: {},
    mayBeSilent: false,
  };
}
