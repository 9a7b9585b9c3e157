/**
 * A server with a data folder, composed as for `kubedirector serve`, but without a cluster: it has no native objects,
 * so the controller waits. The rest is the API server with its store, caches and views.
 *
 *   node dist/bench-resident.js DATA-FOLDER [aesgcm|secretbox]
 *
 * It is a child with an IPC channel: it sends an Address when it serves, and answers every message with a Usage.
 */
import { systemClock } from '../../../src/runtime/clock.ts';
import { collectGarbage } from '../../../src/runtime/collect-garbage.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { createSoleLeadership } from '../../../src/runtime/leadership.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { compose } from '../../../src/server/compose.ts';
import { createServeMode, type Surroundings } from '../../../src/server/serve/mode.ts';
import type { Store } from '../../../src/storage/contract.ts';
import { EncryptedStore } from '../../../src/storage/encryption/index.ts';
import { openJournalStore } from '../../../src/storage/journal/index.ts';
import { createAuthority } from '../../support/certificates.ts';
import { encryptionWith, forAll, keys } from '../../support/encryption.ts';

/** Bytes after a garbage collection; `resident` is from before it. */
export interface Usage {
  readonly resident: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
}

/** Where it serves: a port of 127.0.0.1, and the certificate (PEM) of the CA of its certificate. */
export interface Address {
  readonly port: number;
  readonly ca: string;
}

/** With which values are encrypted in the store. */
export type EncryptionProvider = 'aesgcm' | 'secretbox';

const nothing = {
  get: () => undefined,
  list: () => [],
  byLabel: () => [],
  onChange: () => () => undefined,
  watchOne: () => () => undefined,
  synced: () => false,
  read: () => Promise.resolve(undefined),
};

/** All namespaces exist, so that clients can create objects in them. */
const namespaces = {
  ...nothing,
  get: (_: string, name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
};

/** A cluster that never answers. Only readers are called, because nothing is ever in sync. */
function noCluster(): Surroundings {
  const known: Readonly<Record<PropertyKey, unknown>> = { eventReader: undefined, namespaces };
  const native = new Proxy({}, { get: (_, name) => (name in known ? known[name] : nothing) });
  return {
    native: native as Surroundings['native'],
    pods: { connect: () => Promise.reject(new Error('there are no pods')) },
    exec: { exec: () => Promise.reject(new Error('there are no containers')) },
    events: { record: () => undefined },
    authenticators: [{ authenticate: () => ({ name: 'bench', groups: ['system:authenticated'] }) }],
    authorizer: { authorize: () => Promise.resolve({ allowed: true }) } as unknown as Surroundings['authorizer'],
    access: { review: () => Promise.resolve({ allowed: true, reason: '' }) },
    checks: [],
  };
}

function usage(): Usage {
  const resident = process.memoryUsage.rss();
  collectGarbage();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return { resident, heapUsed, external, arrayBuffers };
}

async function encrypted(store: Store, provider: string | undefined): Promise<Store> {
  if (provider !== 'aesgcm' && provider !== 'secretbox') return store;
  return new EncryptedStore(store, await encryptionWith(forAll(keys(provider, 'bench'))));
}

async function main(directory: string, provider: string | undefined): Promise<void> {
  const logger = createLogger({ level: 'error', format: 'json' });
  const metrics = createMetrics();
  const store = await encrypted(await openJournalStore({ directory, clock: systemClock, logger, metrics }), provider);
  const mode = {
    ...{ ...noCluster(), clock: systemClock, logger, metrics },
    limits: { readOnlyRequests: 400, mutatingRequests: 200, requestTimeoutMs: 60_000 },
    controller: {
      ...{ clusters: 8, guests: 32, configureLimitMs: 3_600_000, notifyTimeoutMs: 60_000 },
      ...{ serviceAuthTokenAnnotation: true, probePrivateUrls: false },
    },
  };
  const given = {
    ...{ store, clock: systemClock, logger, metrics, systemNamespace: 'kubedirector', historyBytes: 32 << 20 },
    leadership: createSoleLeadership({ holder: 'bench', clock: systemClock, logger }),
  };
  const composition = compose(given, () => createServeMode(mode));
  await composition.start(new AbortController().signal);
  const authority = await createAuthority();
  const credentials = await authority.issue('CN=localhost', { usage: 'serverAuth', names: ['127.0.0.1'] });
  // The program does the same at the end of its start.
  collectGarbage();
  const { port } = await composition.listen({ host: '127.0.0.1', port: 0, credentials });
  process.on('message', () => process.send?.(usage()));
  process.on('disconnect', () => process.exit(0));
  process.send?.({ port, ca: authority.cert } satisfies Address);
}

await main(process.argv[2] ?? '', process.argv[3]);
