/**
 * The certificate that the server shows: from files, or of its own making. Either way it is followed while it is
 * served, and the APIService is told whose it is.
 */
import type { ServingCredentials } from '../../apiserver/server.ts';
import type { ServerObjects } from '../../clients/contract.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Term } from '../../runtime/leadership.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { ConfigurationError } from '../configuration-error.ts';
import type { CertificateOptions } from '../serve/options.ts';
import { createCaBundle, registration } from './ca-bundle.ts';
import { createFileSource } from './file-source.ts';
import { readCertificateFiles, type CertificateFiles } from './files.ts';
import { startLoop } from './loop.ts';
import { servingNames } from './names.ts';
import { createOwnSource } from './own-source.ts';
import { createOwnCertificate } from './own.ts';
import { createServed, type Served } from './served.ts';

/** What keeping a serving certificate needs. */
export interface ServingCertificateOptions {
  readonly certificate: CertificateOptions;
  readonly objects: ServerObjects;
  /** Of the Service in front of this server, and of the Secret. */
  readonly systemNamespace: string;
  readonly serviceName: string;
  readonly clock: Clock;
  /** Returns [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Breaks the start off; what has started is stopped by stop() alone. */
  readonly signal?: AbortSignal;
}

/** The serving certificate, kept up to date. */
export interface ServingCertificate {
  /** As they are now. */
  readonly credentials: ServingCredentials;
  /** Calls back when they have changed. Returns the unsubscribe function. */
  onUpdate(listener: (credentials: ServingCredentials) => void): () => void;
  /** Renews it, and tells the APIService of its CAs, while this process leads. Otherwise what the leader makes is followed. */
  lead(term: Pick<Term, 'isCurrent'>): void;
  stop(): void;
}

/**
 * What can be told of the flags alone, before anything starts.
 * @throws ConfigurationError where files or names are of no use
 */
export async function checkServingCertificate(
  options: Pick<ServingCertificateOptions, 'certificate' | 'systemNamespace' | 'serviceName' | 'clock'>,
): Promise<void> {
  const { certificate, systemNamespace: namespace, serviceName: name, clock } = options;
  if (certificate.files === undefined) servingNames({ namespace, name }, certificate.extraNames);
  else await readCertificateFiles(filesOf(certificate, certificate.files), clock.now());
}

function filesOf({ caFile }: CertificateOptions, files: NonNullable<CertificateOptions['files']>): CertificateFiles {
  return { ...files, ...(caFile === undefined ? {} : { ca: caFile }) };
}

/** What a loop is to look after. */
interface Source {
  readonly check: () => Promise<number>;
  /** Asks for a look when something has changed. Returns the unsubscribe function. */
  readonly watch: (trigger: () => void) => () => void;
}

const secretName = 'kubedirector-serving';

/**
 * Resolves once there is a certificate to serve; kube-apiserver is asked for the Secret until it answers.
 * @throws ConfigurationError where files, names or the Secret are of no use; nothing is left running
 * @throws the signal's reason where it aborts before; nothing is left running
 */
export async function startServingCertificate(options: ServingCertificateOptions): Promise<ServingCertificate> {
  options.signal?.throwIfAborted();
  const logger = options.logger.child({ component: 'serving-certificate' });
  const served = createServed({ metrics: options.metrics, logger });
  let term: Pick<Term, 'isCurrent'> | undefined;
  const source = sourceOf({ ...options, logger, leads: () => term?.isCurrent() ?? false }, served);
  const { check, ready } = untilServed(source.check, served, options.signal);
  const loop = startLoop({ ...options, logger, check });
  const unwatch = source.watch(() => loop.trigger());
  const stop = (): void => {
    unwatch();
    loop.stop();
  };
  try {
    const first = await ready;
    return {
      get credentials() {
        return served.credentials ?? first;
      },
      onUpdate: (listener) => served.onUpdate(listener),
      lead(next) {
        term = next;
        loop.trigger();
      },
      stop,
    };
  } catch (error) {
    stop();
    throw error;
  }
}

function sourceOf(options: ServingCertificateOptions & { readonly leads: () => boolean }, served: Served): Source {
  const { certificate, objects, systemNamespace: namespace, serviceName: name, clock, logger, leads } = options;
  const { secrets, apiServices } = objects;
  const caBundle = createCaBundle({ apiServices, service: { namespace, name }, logger, leads });
  if (certificate.files !== undefined) {
    const { caFile } = certificate;
    const files = filesOf(certificate, certificate.files);
    return {
      check: createFileSource({ files, caBundle, served, clock, logger }),
      watch: (trigger) => (caFile === undefined ? () => undefined : apiServices.watchOne(registration, trigger)),
    };
  }
  const target = { namespace, name: secretName };
  const names = servingNames({ namespace, name }, certificate.extraNames);
  const own = createOwnCertificate({ secrets, target, names, clock, logger, leads });
  return {
    check: createOwnSource({ own, caBundle, served, clock }),
    watch: (trigger) => {
      const stops = [secrets.watchOne(target, trigger), apiServices.watchOne(registration, trigger)];
      return () => stops.forEach((stop) => stop());
    },
  };
}

/** For a look that goes wrong at the start: the start is given up, and whatever waits is dropped. */
const givenUpMs = 60_000;

/** `ready` fails where a look finds that nothing can come of it, or the signal aborts, before anything is served. */
function untilServed(
  check: Source['check'],
  served: Served,
  signal: AbortSignal | undefined,
): { check: Source['check']; ready: Promise<ServingCredentials> } {
  let giveUp: (reason: unknown) => void = () => undefined;
  const ready = new Promise<ServingCredentials>((resolve, reject) => {
    const aborted = (): void => giveUp(signal?.reason);
    const unsubscribe = served.onUpdate((credentials) => {
      unsubscribe();
      signal?.removeEventListener('abort', aborted);
      resolve(credentials);
    });
    giveUp = reject;
    signal?.addEventListener('abort', aborted, { once: true });
  });
  return {
    ready,
    async check() {
      try {
        return await check();
      } catch (error) {
        if (served.credentials !== undefined || !(error instanceof ConfigurationError)) throw error;
        giveUp(error);
        return givenUpMs;
      }
    },
  };
}
