/** What is served at the moment, and who is told when that changes. */
import { X509Certificate } from 'node:crypto';
import type { ServingCredentials } from '../../apiserver/server.ts';
import { validity } from '../../pki/key-pair.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Metrics } from '../../runtime/metrics.ts';

/** The credentials that are served now, and who wants to know of new ones. */
export interface Served {
  readonly credentials: ServingCredentials | undefined;
  /** Tells the listeners, unless it is what is served already. */
  set(credentials: ServingCredentials): void;
  /** Returns the unsubscribe function. */
  onUpdate(listener: (credentials: ServingCredentials) => void): () => void;
}

const metricName = 'kubedirector_serving_certificate_expiration_timestamp_seconds';

/** Nothing is served at first. The metric tells when the certificate ends. */
export function createServed({ metrics, logger }: { metrics: Metrics; logger: Logger }): Served {
  const expiration = metrics.gauge(metricName, 'When the serving certificate ends, in seconds since 1970.');
  const listeners = new Set<(credentials: ServingCredentials) => void>();
  let current: ServingCredentials | undefined;
  function tell(credentials: ServingCredentials): void {
    for (const listener of listeners) {
      try {
        listener(credentials);
      } catch (error) {
        logger.error({ error }, 'the new serving certificate could not be put to use');
      }
    }
  }
  return {
    get credentials() {
      return current;
    },
    set(credentials) {
      if (credentials.cert === current?.cert && credentials.key === current.key) return;
      const certificate = new X509Certificate(credentials.cert);
      const { to } = validity(certificate);
      const { serialNumber, subjectAltName: names } = certificate;
      logger.info({ serialNumber, names, until: new Date(to).toISOString() }, 'serving certificate');
      expiration.set(to / 1000);
      current = credentials;
      tell(credentials);
    },
    onUpdate(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
