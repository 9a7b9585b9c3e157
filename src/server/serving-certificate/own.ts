/** The certificate that the server makes itself, in a Secret that all replicas share. */
import type { Secret } from '../../apis/kubernetes/types.ts';
import type { ServerObjects } from '../../clients/contract.ts';
import type { NamespacedName, Stored } from '../../meta/object.ts';
import { isReason } from '../../meta/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { ConfigurationError } from '../configuration-error.ts';
import { dataKeys, fromSecret, toData, type Issued } from './issued.ts';
import type { ServingNames } from './names.ts';
import { issueAnew, renewDue } from './renewal.ts';

interface OwnCertificateOptions {
  readonly secrets: ServerObjects['secrets'];
  /** Of the Secret. */
  readonly target: NamespacedName;
  readonly names: ServingNames;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether this process renews it. */
  readonly leads: () => boolean;
}

/** The certificate in this server's own Secret, which all replicas share. */
export interface OwnCertificate {
  /**
   * What the Secret holds now. Whatever is due is written to it first, by the leader, or by a process that has nothing to
   * serve yet. Where the Secret is lost or damaged, others keep what they have until the leader has made another one.
   * @throws ConfigurationError where the Secret is not this server's to write
   * @throws StatusError where it could not be read or written
   */
  check(): Promise<Issued>;
}

/** Whoever loses this many races in a row tries again later. */
const attempts = 5;
const lostRace = (error: unknown): boolean =>
  ['AlreadyExists', 'Conflict', 'NotFound'].some((reason) => isReason(error, reason));

/** Issues a certificate where the Secret has none that is good for long enough. */
export function createOwnCertificate(options: OwnCertificateOptions): OwnCertificate {
  let served: Issued | undefined;
  return {
    async check() {
      for (let attempt = 1; ; attempt++) {
        try {
          served = await bringUpToDate(options, served);
          return served;
        } catch (error) {
          // Another replica was first: what it wrote is as good.
          if (!lostRace(error) || attempt === attempts) throw error;
        }
      }
    },
  };
}

async function bringUpToDate(options: OwnCertificateOptions, served: Issued | undefined): Promise<Issued> {
  const { secrets, target, names, clock, logger, leads } = options;
  const secret = await secrets.read(target);
  const now = clock.now();
  const kept = leads() ? undefined : served;
  if (secret === undefined) {
    if (kept !== undefined) return kept;
    const level = served === undefined ? 'info' : 'warn';
    logger[level]({ secret: target.name }, 'there is no Secret with a serving certificate: it is made');
    return fromSecret(await secrets.create(newSecret(target, await issueAnew(names, now, served))));
  }
  const found = foundIn(secret, logger);
  if (kept !== undefined) return found ?? kept;
  const wanted = found === undefined ? await issueAnew(names, now, served) : await renewDue(found, names, now);
  if (wanted === found) return found;
  logger.info({ secret: target.name }, 'the serving certificate or its CAs are renewed');
  return fromSecret(await secrets.update({ ...secret, data: { ...othersData(secret), ...toData(wanted) } }));
}

/** Undefined where the Secret holds nothing of use. */
function foundIn(secret: Stored<Secret>, logger: Logger): Issued | undefined {
  const { name, annotations = {} } = secret.metadata;
  if (annotations['cert-manager.io/certificate-name'] !== undefined) {
    throw new ConfigurationError(
      `Secret ${name} belongs to cert-manager: mount it, and name its files with --tls-cert-file and --tls-private-key-file`,
    );
  }
  try {
    return fromSecret(secret);
  } catch (error) {
    logger.warn({ secret: name, error }, 'the Secret with the serving certificate is damaged: all of it is made anew');
    return undefined;
  }
}

function newSecret({ namespace, name }: NamespacedName, issued: Issued): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name, labels: { 'app.kubernetes.io/managed-by': 'kubedirector' } },
    type: 'kubernetes.io/tls',
    data: toData(issued),
  };
}

function othersData({ data = {} }: Secret): Record<string, string> {
  return Object.fromEntries(Object.entries(data).filter(([key]) => !dataKeys.includes(key)));
}
