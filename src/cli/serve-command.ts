/** `kubedirector serve`: behind a real kube-apiserver's aggregation layer. */
import { readFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { createLogger } from '../runtime/logger.ts';
import { ConfigurationError } from '../server/configuration-error.ts';
import type { ServeOptions } from '../server/serve/options.ts';
import { addAuditOptions, auditOf, type AuditFlags } from './audit-flags.ts';
import { addElectionOptions, checkElection, electionOf, type ElectionFlags } from './election-flags.ts';
import { addBackupOptions, backupsOf, type BackupFlags } from './backup-flags.ts';
import { addControllerOptions, controllerOf, type ControllerCommandFlags } from './controller-flags.ts';
import { addCertificateOptions, certificateOf, type CertificateFlags } from './certificate-flags.ts';
import { addEncryptionOptions, encryptionOf, type EncryptionCommandFlags } from './encryption-options.ts';
import { flagValues } from './flag-values.ts';
import { addLogOptions, type LogFlags } from './log-options.ts';
import { name } from './names.ts';
import { integer, port } from './numbers.ts';
import { aborted } from '../runtime/aborted.ts';
import { abortOnSignal, type SignalSource } from './signals.ts';
import { addStorageOptions, storageOf, type StorageFlags } from './storage-options.ts';

interface ServeFlags
  extends
    LogFlags,
    StorageFlags,
    EncryptionCommandFlags,
    BackupFlags,
    ElectionFlags,
    ControllerCommandFlags,
    CertificateFlags,
    AuditFlags {
  readonly bindAddress: string;
  readonly port: number;
  readonly kubeconfig?: string;
  readonly systemNamespace?: string;
  readonly namespaces?: readonly string[];
  readonly serviceName: string;
  readonly maxRequestsInflight: number;
  readonly maxMutatingRequestsInflight: number;
  readonly watchHistoryMib: number;
  readonly requestTimeout: number;
  readonly maxConnections?: number;
  readonly shutdownGrace: number;
  readonly shutdownDelay: number;
  readonly shutdownWatchSpread: number;
  readonly ui: boolean;
  readonly tracingConfigFile?: string;
}

interface ServeTerminal extends SignalSource {
  readonly stdout: { write(text: string): unknown };
}

const day = 86_400;
/** Where a pod finds the namespace that it is in. */
const namespaceFile = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/** "a,b" as a list, each once. */
function names(text: string): readonly string[] {
  return [...new Set(text.split(',').map((one) => name(one.trim())))];
}

/** @param files what the program comes with: the configcli package where no flag names another, and the page */
export function addServeCommand(
  program: Command,
  terminal: ServeTerminal,
  { guestTools, page }: { readonly guestTools?: string; readonly page?: string } = {},
): void {
  const command = program
    .command('serve')
    .description("serve kubedirector.hpe.com behind a cluster's kube-apiserver, and run the controller");
  addStorageOptions(command)
    .option('--bind-address <address>', 'address to listen on', '0.0.0.0')
    .option('--port <number>', 'port to listen on; 0 takes any free one', port, 8443)
    .option('--kubeconfig <file>', 'how to reach kube-apiserver; by default as the service account of its pod')
    .addOption(
      new Option('--system-namespace <name>', 'namespace of this server, of system apps and of the global config')
        .env('POD_NAMESPACE')
        .argParser(name),
    )
    .option('--namespaces <names>', 'serve clusters in these namespaces only, as a,b,c; by default in all', names)
    .option('--service-name <name>', 'Service in front of it, in its namespace', name, 'kubedirector')
    .option(
      '--tracing-config-file <file>',
      'where OpenTelemetry traces go (TracingConfiguration); without one nothing is traced',
    )
    .option('--ui', 'serve the page of clusters at /, for users who give a bearer token', false);
  addEncryptionOptions(command);
  addBackupOptions(command);
  addElectionOptions(command);
  addCertificateOptions(command);
  addAuditOptions(command);
  addLimitOptions(command);
  addControllerOptions(command, guestTools);
  addLogOptions(command, 'json').action((flags: ServeFlags) => {
    const isGiven = (option: keyof ServeFlags): boolean => !isDefault(command.getOptionValueSource(option));
    checkElection(flags, isGiven);
    const places = {
      certificate: certificateOf(flags),
      storage: storageOf(flags, isGiven),
      ...encryptionOf(flags),
      ...backupsOf(flags, isGiven),
      ...auditOf(flags, isGiven),
      ...uiOf(flags, page),
    };
    return runServe({ flags, places, values: flagValues(command) }, terminal);
  });
}

function addLimitOptions(command: Command): void {
  const requests = integer('a number of requests', 1, 1_000_000);
  command
    .option('--max-requests-inflight <number>', 'reads answered at a time; more wait, then get 429', requests, 400)
    .option(
      '--max-mutating-requests-inflight <number>',
      'writes answered at a time; more wait, then get 429',
      requests,
      200,
    )
    .option(
      '--max-connections <number>',
      'connections held at a time; by default 5000, fewer where fewer files may be open',
      integer('a number of connections', 1, 1_000_000),
    )
    .option(
      '--watch-history-mib <MiB>',
      'memory for past states of objects; late watches and later pages of lists are served from it',
      integer('a size', 1, 1 << 16),
      32,
    )
    .option(
      '--request-timeout <seconds>',
      'time that a request may take; watches may take longer',
      integer('a time', 1, day),
      60,
    )
    .option('--shutdown-grace <seconds>', 'time for running requests on SIGTERM', integer('a time', 0, 3_600), 10)
    .option(
      '--shutdown-delay <seconds>',
      'time on SIGTERM in which /readyz fails and all is still served, so that clients find another replica',
      integer('a time', 0, 600),
      0,
    )
    .option(
      '--shutdown-watch-spread <seconds>',
      'time over which watches are ended after that, so that they do not all come back at once',
      integer('a time', 0, 600),
      0,
    );
}

/** A flag without a default that nobody named has no source. */
const isDefault = (source: string | undefined): boolean => source === undefined || source === 'default';

interface Asked {
  readonly flags: ServeFlags;
  readonly places: Pick<ServeOptions, 'certificate' | 'storage' | 'encryption' | 'backups' | 'audit' | 'pageFolder'>;
  /** Of all flags, by name, as text. */
  readonly values: Readonly<Record<string, string>>;
}

/**
 * Resolves once it was stopped, by SIGINT or SIGTERM.
 * @throws ConfigurationError where flags or what they name are of no use; nothing was started
 */
async function runServe({ flags, places, values }: Asked, terminal: ServeTerminal): Promise<void> {
  const signal = abortOnSignal(terminal);
  // The client of a real cluster is large: a playground, and --help, do without.
  const { startServer } = await import('../server/serve/start.ts');
  const options = { ...optionsOf(flags), ...places, flags: values, signal };
  const running = await startServer(options).catch((error: unknown) => {
    if (signal.aborted && error === signal.reason) return undefined;
    throw error;
  });
  if (running === undefined) return;
  await Promise.race([aborted(signal), running.lost]);
  await running.stop();
}

function optionsOf(flags: ServeFlags) {
  const { kubeconfig, systemNamespace = ownNamespace() } = flags;
  return {
    ...{ bindAddress: flags.bindAddress, port: flags.port, serviceName: flags.serviceName },
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    systemNamespace,
    ...(flags.namespaces === undefined ? {} : { namespaces: flags.namespaces }),
    ...(flags.tracingConfigFile === undefined ? {} : { tracingFile: flags.tracingConfigFile }),
    ...electionOf(flags, systemNamespace),
    limits: {
      readOnlyRequests: flags.maxRequestsInflight,
      mutatingRequests: flags.maxMutatingRequestsInflight,
      historyBytes: flags.watchHistoryMib * 1024 * 1024,
      requestTimeoutMs: flags.requestTimeout * 1000,
      ...(flags.maxConnections === undefined ? {} : { maxConnections: flags.maxConnections }),
    },
    controller: controllerOf(flags),
    graceMs: flags.shutdownGrace * 1000,
    ...leaveOf(flags),
    logger: createLogger({ level: flags.logLevel, format: flags.logFormat }),
  };
}

function leaveOf({ shutdownDelay, shutdownWatchSpread }: ServeFlags) {
  if (shutdownDelay === 0 && shutdownWatchSpread === 0) return {};
  return { leave: { delayMs: shutdownDelay * 1000, watchesMs: shutdownWatchSpread * 1000 } };
}

function uiOf({ ui }: ServeFlags, pageFolder: string | undefined) {
  return ui && pageFolder !== undefined ? { pageFolder } : {};
}

function ownNamespace(): string {
  try {
    return readFileSync(namespaceFile, 'utf8').trim();
  } catch (cause) {
    throw new ConfigurationError('outside of a pod its namespace is not known: name it with --system-namespace', {
      cause,
    });
  }
}
