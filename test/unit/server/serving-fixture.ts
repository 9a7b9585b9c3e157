/** The parts of a cluster that serving certificates need, and replicas of the server in it. */
import { X509Certificate } from 'node:crypto';
import type { APIService, Secret } from '../../../src/apis/kubernetes/types.ts';
import { fits, issuedBy, parseCertificates } from '../../../src/pki/key-pair.ts';
import type { Logger } from '../../../src/runtime/logger.ts';
import { createMetrics, type Metrics } from '../../../src/runtime/metrics.ts';
import {
  startServingCertificate,
  type ServingCertificate,
  type ServingCertificateOptions,
} from '../../../src/server/serving-certificate/index.ts';
import { createFakeResource, type Gate, type Universe } from '../../controller/support/fake-resource.ts';
import { createManualClock } from '../runtime/manual-clock.ts';

export const hour = 3_600_000;
export const day = 24 * hour;
export const secretTarget = { namespace: 'kd', name: 'kubedirector-serving' };
export const registration = { namespace: '', name: 'v1beta1.kubedirector.hpe.com' };

export interface Line {
  readonly level: string;
  readonly message: string;
  readonly error: string;
}

function recorder(lines: Line[]): Logger {
  const at = (level: string) => (fields: object, message: string) => {
    const error = 'error' in fields && fields.error instanceof Error ? fields.error.message : '';
    lines.push({ level, message, error });
  };
  const logger: Logger = {
    ...{ debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    child: () => logger,
  };
  return logger;
}

export interface Replica {
  readonly running: ServingCertificate;
  readonly metrics: Metrics;
  readonly log: readonly Line[];
  /** How often the credentials have changed since its start. */
  readonly updates: () => number;
  readonly leaf: () => X509Certificate;
  readonly stop: () => void;
}

/** The number of reconciliations that are queued or running. */
async function openLooks(metrics: Metrics): Promise<number> {
  const text = await metrics.text();
  const value = (name: string): number =>
    Number(new RegExp(`^workqueue_${name}\\{name="serving-certificate"\\} (.*)$`, 'm').exec(text)?.[1] ?? 0);
  return value('adds_total') - value('work_duration_seconds_count');
}

export class ServingWorld {
  readonly clock = createManualClock();
  gate: Gate = () => undefined;
  /** How often the Secret and the APIService were created or changed. */
  readonly writes = { secrets: 0, apiServices: 0 };
  readonly universe: Universe = {
    ...{ revision: 0, uids: 0, now: () => this.clock.now() },
    gate: (verb, resource, name) => this.gate(verb, resource, name),
  };
  readonly secrets = createFakeResource<Secret>('secrets', this.universe);
  readonly apiServices = createFakeResource<APIService>('apiservices', this.universe);
  readonly replicas: Replica[] = [];
  readonly #metrics = new Set<Metrics>();

  constructor() {
    this.secrets.onChange(() => this.writes.secrets++);
    this.apiServices.onChange(() => this.writes.apiServices++);
  }

  /** @param options.follows: it does not lead. Without it, every replica does as a leader does */
  async start(
    { follows = false, ...options }: Partial<ServingCertificateOptions> & { follows?: boolean } = {},
    lines: Line[] = [],
  ): Promise<Replica> {
    const metrics = createMetrics();
    this.#metrics.add(metrics);
    const running = await startServingCertificate({
      ...{ certificate: { extraNames: [] }, systemNamespace: 'kd', serviceName: 'kubedirector' },
      ...{ objects: { secrets: this.secrets, apiServices: this.apiServices } },
      ...{ clock: this.clock, random: () => 0, logger: recorder(lines), metrics },
      ...options,
    });
    if (!follows) running.lead({ isCurrent: () => true });
    let updates = 0;
    running.onUpdate(() => updates++);
    const leaf = (): X509Certificate => {
      const { cert, key } = running.credentials;
      const certificate = new X509Certificate(cert);
      if (!fits(certificate, key)) throw new Error('what is served is no pair');
      return certificate;
    };
    const stop = (): void => {
      running.stop();
      this.#metrics.delete(metrics);
    };
    const replica = { running, metrics, log: lines, updates: () => updates, leaf, stop };
    this.replicas.push(replica);
    return replica;
  }

  stop(): void {
    for (const { stop } of this.replicas) stop();
  }

  /** Resolves when every replica has finished its queued reconciliations. */
  async idle(): Promise<void> {
    for (;;) {
      const open = await Promise.all([...this.#metrics].map(openLooks));
      if (open.every((count) => count === 0)) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async advance(milliseconds: number): Promise<void> {
    this.clock.advance(milliseconds);
    await this.idle();
  }

  register(spec: Partial<APIService['spec']> = {}, annotations: Record<string, string> = {}): void {
    this.apiServices.direct.create({
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: registration.name, annotations },
      spec: { service: { namespace: 'kd', name: 'kubedirector', port: 443 }, ...spec },
    });
  }

  caBundle(): string | undefined {
    const encoded = this.apiServices.get('', registration.name)?.spec.caBundle;
    return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString();
  }

  secret(): Secret | undefined {
    return this.secrets.get('kd', secretTarget.name);
  }

  data(key: string): string {
    return Buffer.from(this.secret()?.data?.[key] ?? '', 'base64').toString();
  }
}

/** Whether a client with this bundle trusts this certificate. */
export function trusts(bundle: string | undefined, leaf: X509Certificate): boolean {
  return parseCertificates(bundle ?? '').some((authority) => authority.ca && issuedBy(leaf, authority));
}
