/** A server behind kube-apiserver, from its flags to its end. */
import { openAuditLog, readAuditPolicy, type AuditLog, type AuditPolicy } from '../../apiserver/audit/index.ts';
import type { Activity } from '../../apiserver/server.ts';
import { timingsProblem } from '../../clients/kubernetes/index.ts';
import { collectGarbage } from '../../runtime/collect-garbage.ts';
import { createFront, readPageFiles, type Front } from '../../front/index.ts';
import { systemClock } from '../../runtime/clock.ts';
import { createSoleLeadership, type Leadership, type Term } from '../../runtime/leadership.ts';
import { createMetrics, type Metrics } from '../../runtime/metrics.ts';
import type { Tracer } from '../../runtime/tracing.ts';
import type { Store } from '../../storage/contract.ts';
import { compose } from '../compose.ts';
import { ConfigurationError } from '../configuration-error.ts';
import type { StoreTools } from '../data-folder.ts';
import { withEncryption } from '../encryption/storage.ts';
import { pressedMs } from '../controller.ts';
import { processIdentity } from '../identity.ts';
import { later } from '../later.ts';
import { untilLost } from '../lost.ts';
import { checkAddress, havingAddress } from '../port.ts';
import { checkServingCertificate, startServingCertificate } from '../serving-certificate/index.ts';
import { startAll, type Started } from '../started.ts';
import { enterStore } from '../storage-format.ts';
import { tracingOf } from '../tracing/open.ts';
import { tracedStore } from '../tracing/store.ts';
import { defaultMaxConnections } from './connection-limit.ts';
import { readArchive } from './files.ts';
import { checkBackupFolder, ScheduledBackups } from './backups.ts';
import { connectCluster, type Cluster } from './cluster.ts';
import { createServeMode } from './mode.ts';
import type { ServeOptions } from './options.ts';
import { openStorage } from './storage.ts';

interface RunningServer {
  readonly port: number;
  /** Rejects, after all was stopped, where another process has taken the data; never settles otherwise. */
  readonly lost: Promise<never>;
  /** Finishes what runs, closes the store. @throws what went wrong on the way, after all else was stopped */
  stop(): Promise<void>;
}

/**
 * Resolves once requests are answered; /readyz tells when all that is needed is known.
 * @throws ConfigurationError where flags or what they name are of no use; nothing is left running
 * @throws the signal's reason where it aborts before; nothing is left running
 */
export function startServer(options: ServeOptions): Promise<RunningServer> {
  return startAll(options.logger, (started) => start(options, started));
}

async function start(options: ServeOptions, started: Started): Promise<RunningServer> {
  const { logger, signal, graceMs, systemNamespace, certificate, serviceName } = options;
  const clock = systemClock;
  const metrics = createMetrics({ process: true });
  const { guestToolsFile, ...controller } = options.controller;
  // All that can be wrong with files and addresses first: nothing is begun that would have to be undone.
  const guestTools = guestToolsFile === undefined ? undefined : await readArchive('--guest-tools', guestToolsFile);
  await checkServingCertificate({ certificate, systemNamespace, serviceName, clock });
  const [auditPolicy, front] = [await readPolicy(options), await frontOf(options)];
  checkElection(options);
  if (options.backups !== undefined) await checkBackupFolder(options.backups);
  const { bindAddress: host, port } = options;
  await checkAddress({ host, port });
  const traced = await tracedBy(options, started);
  const activity = later<Activity>('the activity of the server');
  const pressed = (): boolean => activity.get().sinceWrite() < pressedMs;
  const cluster = connectCluster({ ...options, clock, metrics, pressed, execs: controller.execs, ...traced });
  started.add(() => cluster.stop());
  const { store, below, checks } = await openStored(options, { logger, metrics, ...traced });
  started.add(() => store.close());
  const audit = await openAudit(options, auditPolicy, metrics);
  if (audit !== undefined) started.add(() => audit.close(graceMs));
  signal?.throwIfAborted();
  const random = Math.random;
  const serving = await startServingCertificate({
    ...{ certificate, objects: cluster.objects, systemNamespace, serviceName, clock, random, logger, metrics },
    ...(signal === undefined ? {} : { signal }),
  });
  started.add(() => serving.stop());
  const { maxConnections = await defaultMaxConnections(), historyBytes, ...limits } = options.limits;
  const mode = {
    ...{ clock, logger, metrics, limits, maxConnections, ...cluster.surroundings, ...traced },
    checks: [...cluster.surroundings.checks, ...checks],
    controller: { ...controller, ...(guestTools === undefined ? {} : { guestTools }) },
    ...(audit === undefined ? {} : { audit }),
    ...(front === undefined ? {} : { front }),
  };
  const given = {
    ...{ store, clock, logger, metrics, systemNamespace, historyBytes, ...traced },
    leadership: alsoDoing(
      [(term) => serving.lead(term), ...backupsOf(options, below, metrics)],
      leadershipOf(options, cluster),
    ),
    ...(options.namespaces === undefined ? {} : { namespaces: options.namespaces }),
    ...(options.flags === undefined ? {} : { flags: options.flags }),
  };
  const composition = compose(given, () => createServeMode(mode));
  activity.set(composition.server.activity);
  // Nothing that runs is worth waiting for where the data are another's.
  const farewell = (): Parameters<typeof composition.stop> => (store.lost.aborted ? [0] : [graceMs, options.leave]);
  started.add(() => composition.stop(...farewell()).finally(() => started.abort()));
  await composition.start(started.signal);
  collectGarbage();
  serving.onUpdate((credentials) => composition.server.updateCredentials(credentials));
  const listening = composition.listen({ host, port, credentials: serving.credentials });
  const bound = await havingAddress({ host, port }, listening);
  await unlessAborted(cluster.start(started.signal), signal);
  logger.info({ address: host, port: bound.port, namespace: systemNamespace }, 'serving kubedirector.hpe.com');
  const lost = untilLost([store.lost, composition.failed], () => started.stop());
  return { port: bound.port, lost, stop: () => started.stop() };
}

/** Nothing where nothing is traced. @throws ConfigurationError */
async function tracedBy(options: ServeOptions, started: Started): Promise<{ readonly tracer?: Tracer }> {
  const tracing = await tracingOf(options);
  if (tracing === undefined) return {};
  started.add(() => tracing.close(options.graceMs));
  return { tracer: tracing.tracer };
}

/** With encryption and traces, if they are configured. */
async function openStored(
  { storage, encryption, signal }: ServeOptions,
  { tracer, ...tools }: StoreTools & { readonly tracer?: Tracer },
): ReturnType<typeof withEncryption> {
  const open = async (): Promise<Store> => enterStore(await openStorage(storage, tools, signal), tools.logger);
  const opened = await withEncryption(encryption, tools, open);
  return tracer === undefined ? opened : { ...opened, store: tracedStore(opened.store, tracer) };
}

/** @throws ConfigurationError where the files cannot be read */
async function frontOf({ pageFolder }: ServeOptions): Promise<Front | undefined> {
  if (pageFolder === undefined) return undefined;
  const files = await naming('--ui', readPageFiles(pageFolder, 'serve'));
  return createFront({ files, loopbackOnly: false });
}

/** @throws ConfigurationError where the times of the election do not fit together */
function checkElection({ election }: ServeOptions): void {
  const problem = election === undefined ? undefined : timingsProblem(election.timings);
  if (problem !== undefined) throw new ConfigurationError(`--leader-elect-…: ${problem}`);
}

function leadershipOf({ election, logger }: ServeOptions, cluster: Pick<Cluster, 'elect'>): Leadership {
  if (election === undefined) return createSoleLeadership({ holder: processIdentity(), clock: systemClock, logger });
  return cluster.elect(election);
}

/** A leader's backups by a schedule, if the flags ask for them. */
function backupsOf(
  { backups: schedule, encryption, logger }: ServeOptions,
  store: Store,
  metrics: Metrics,
): Beginning[] {
  if (schedule === undefined) return [];
  if (encryption === undefined) {
    logger.warn({}, 'the scheduled backups are not encrypted: masterEncryptionKey and auth tokens can be read in them');
  }
  const backups = new ScheduledBackups({ schedule, store, clock: systemClock, logger, metrics });
  return [({ signal }) => void backups.run(signal)];
}

/** Of something that lasts as long as the term. Returns at once. */
type Beginning = (term: Term) => void;

/** The same leadership, whose leader does something more. */
function alsoDoing(begin: readonly Beginning[], leadership: Leadership): Leadership {
  return {
    lead(work, signal) {
      return leadership.lead((term) => {
        for (const one of begin) one(term);
        return work(term);
      }, signal);
    },
  };
}

/** A kube-apiserver that is silent does not hold up who wants to stop. @throws the signal's reason where it aborts */
async function unlessAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  const over = new AbortController();
  const abort = new Promise<void>((resolve) => {
    signal?.addEventListener('abort', () => resolve(), { once: true, signal: over.signal });
  });
  signal?.throwIfAborted();
  await Promise.race([work, abort]).finally(() => over.abort());
  signal?.throwIfAborted();
}

/** @throws ConfigurationError */
function readPolicy({ audit, logger }: ServeOptions): Promise<AuditPolicy> | undefined {
  if (audit === undefined) return undefined;
  return naming('--audit-policy-file', readAuditPolicy(audit.policyFile, logger));
}

/** @throws ConfigurationError */
async function openAudit(
  { audit, logger }: ServeOptions,
  policy: AuditPolicy | undefined,
  metrics: Metrics,
): Promise<AuditLog | undefined> {
  if (audit === undefined || policy === undefined) return undefined;
  const opening = openAuditLog({ ...audit, policy, clock: systemClock, logger, metrics, secretFields });
  return naming('--audit-log-path', opening);
}

/** @throws ConfigurationError that names the flag in the place of what goes wrong */
async function naming<T>(flag: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new ConfigurationError(`${flag}: ${error.message}`, { cause: error });
  }
}

/** Never in the audit log. */
const secretFields = [
  'masterEncryptionKey',
  'formerEncryptionKeys',
  'revisionKey',
  'authToken',
  'secretKeys.value',
  'secretKeys.encryptedValue',
  'encryptedSecretKeys',
];
