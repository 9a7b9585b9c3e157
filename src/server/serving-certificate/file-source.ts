/** Serves the certificate that lies in files, and follows them. */
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { ConfigurationError } from '../configuration-error.ts';
import type { CaBundle } from './ca-bundle.ts';
import { readCertificateFiles, type CertificateFiles, type FromFiles } from './files.ts';
import type { Served } from './served.ts';

interface FileSourceOptions {
  readonly files: CertificateFiles;
  readonly caBundle: CaBundle;
  readonly served: Served;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Milliseconds between reads. Reading, as watching does not see every swap of links, and nothing on some network file
 * systems.
 */
const lookMs = 10_000;

/**
 * The check of a loop.
 * @throws ConfigurationError where the files are of no use from the start; later they are only logged, and what was
 *         served stays
 */
export function createFileSource(options: FileSourceOptions): () => Promise<number> {
  const { files, caBundle, served, clock, logger } = options;
  let accepted: FromFiles | undefined;
  let complaint: string | undefined;
  return async () => {
    try {
      accepted = await readCertificateFiles(files, clock.now());
      served.set(accepted.credentials);
      complaint = undefined;
    } catch (error) {
      if (!(error instanceof ConfigurationError) || accepted === undefined) throw error;
      if (error.message !== complaint) logger.warn({ error }, 'the serving certificate is not replaced');
      complaint = error.message;
    }
    if (accepted.ca !== undefined) await caBundle.ensure(accepted.ca);
    return lookMs;
  };
}
