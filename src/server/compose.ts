/** Puts the rooms of a playground together: everything else receives what it needs from here. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { KubeDirectorCluster } from '../apis/kubedirector/types.ts';
import type { Namespace } from '../apis/kubernetes/types.ts';
import type { ResourceRegistry } from '../apiserver/registry/contract.ts';
import { createApiServer, type ApiServer, type ServingCredentials } from '../apiserver/server.ts';
import { createStoreHub, type StoreHub } from '../apiserver/watchcache/index.ts';
import { createClientCertificateAuthenticator, mastersAuthorizer, publicInfoAuthorizer } from '../auth/index.ts';
import type { Authorizer } from '../auth/contract.ts';
import type { AccessReviewer, NativeClients } from '../clients/contract.ts';
import {
  createAccessRules,
  createPlayground,
  tellHappenings,
  type RegistryLookup,
  type Playground,
  type PlaygroundDelays,
} from '../playground/index.ts';
import { createGroup, trustUrls } from '../registry/kubedirector/index.ts';
import type { Clock } from '../runtime/clock.ts';
import { quieter, type Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { createTurns } from '../runtime/turns.ts';
import type { Store } from '../storage/contract.ts';
import { composeController, controllerUserOf, holdersOf, type ComposedController } from './controller.ts';
import { later } from './later.ts';
import { phaseOf } from './namespace-phase.ts';
import { composeResources, type ComposedResources } from './resources.ts';
import { allEnded } from './started.ts';
import { storageChecks } from './storage-check.ts';
import { buildInfo, version } from './version.ts';

interface CompositionOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** PEM: who signs the certificates of clients. */
  readonly authorities: string;
  readonly delays: PlaygroundDelays;
}

interface Composition {
  /** For tests that go without TLS. */
  readonly server: ApiServer;
  /** @throws Error EADDRINUSE … */
  listen(address: { host: string; port: number; credentials: ServingCredentials }): Promise<{ port: number }>;
  /** Fills the caches, then starts simulators and controller; resolves once the server is ready. */
  start(signal: AbortSignal, port: number): Promise<void>;
  stop(graceMs: number): Promise<void>;
}

/** The namespace that KubeDirector is said to run in. */
const systemNamespace = 'kubedirector';
const controllerUser = controllerUserOf(systemNamespace);
/** Whose behaviour and native schemas are served. */
const kubernetesVersion = { major: '1', minor: '37', gitVersion: 'v1.37.2' };

/** The playground: server, native resources, simulators and controller on one store. */
export function compose(given: CompositionOptions): Composition {
  // The terminal is for what happens in the cluster, and for what goes wrong.
  const options = { ...given, logger: quieter(given.logger) };
  const { store, clock, logger, metrics, delays } = options;
  const hub = createStoreHub({ store, clock, logger, metrics });
  const clusters = later<ResourceRegistry<KubeDirectorCluster>>('the registry of clusters');
  const native = later<NativeClients>('the native clients');
  const lookupRegistry: RegistryLookup = { registry: (ofGroup, plural) => lookup.get().registry(ofGroup, plural) };
  // Health is asked for before there are caches to find roles in.
  const authorizer = publicInfoAuthorizer(mastersAuthorizer(createAccessRules(lookupRegistry).authorizer));
  const access: AccessReviewer = {
    review: async (request) => ({ reason: '', ...(await authorizer.authorize(request)) }),
  };
  const group = createGroup({
    ...{ hub, metrics, systemNamespace, randomBytes },
    ...{ native: native.get, clusters: clusters.get },
    // There is no network to look at from a playground: its guests download nothing.
    urlProblem: trustUrls,
    access,
    isEnding: (namespace) => phaseOf(native.get().namespaces.get('', namespace)) === 'Terminating',
    holders: () => holdersOf(lookup.get(), { user: controllerUser, clock, logger }),
  });
  const lookup = later<ApiServer>('the server');
  const composed = composeResources(group, {
    ...{ hub, metrics, access, now: () => clock.now(), random: Math.random },
    lookup: lookupRegistry,
  });
  const server = createServer(options, { hub, authorizer }, composed);
  lookup.set(server);
  clusters.set(server.registry('kubedirector.hpe.com', 'kubedirectorclusters'));
  let playground: Playground | undefined;
  let controller: ComposedController | undefined;
  return {
    server,
    listen: (address) => server.listen(address),
    async start(signal, port) {
      await hub.start(signal);
      // Of simulators and controller together: who asks the server for something need not wait for all of them.
      const turns = createTurns();
      playground = createPlayground({
        ...{ turns, registries: server.registries, clock, random: Math.random, logger, metrics, delays },
        ...{ caCertificate: options.authorities, port, systemNamespace, user: controllerUser, requestId: randomUUID },
      });
      native.set(playground.native);
      // Whoever listens before the start is told of every object there is.
      composed.start(signal);
      await playground.start(signal);
      tellHappenings(lookupRegistry, given.logger, signal);
      controller = composeController({
        ...{ server, native: playground.native, exec: playground.exec, events: playground.events },
        ...{ user: controllerUser, systemNamespace, clock, logger, metrics, turns },
      });
      controller.start(signal);
    },
    async stop(graceMs) {
      await allEnded([server.stop(graceMs), controller?.stop() ?? Promise.resolve()]).finally(() => playground?.stop());
    },
  };
}

function createServer(
  options: CompositionOptions,
  { hub, authorizer }: { readonly hub: StoreHub; readonly authorizer: Authorizer },
  { resources, schemas }: ComposedResources,
): ApiServer {
  const { store, clock, logger, metrics } = options;
  const server = createApiServer({
    ...{ resources, store, hub, clock, logger, metrics },
    authenticators: [createClientCertificateAuthenticator({ authorities: options.authorities, clock })],
    authorizer,
    impersonation: true,
    namespaces: {
      phase: (name) => phaseOf(server.registry<Namespace>('', 'namespaces').cache.get('', name)?.object),
    },
    openApiSchemas: schemas,
    openApiInfo: { title: 'KubeDirector', version },
    random: Math.random,
    uid: randomUUID,
    checks: storageChecks(store),
    version: { ...kubernetesVersion, ...buildInfo(process), kubedirector: version },
  });
  return server;
}
