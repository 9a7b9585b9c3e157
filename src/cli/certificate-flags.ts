/** The flags of `kubedirector serve` for its serving certificate. */
import type { Command } from 'commander';
import { ConfigurationError } from '../server/configuration-error.ts';

/** As commander gives them. */
export interface CertificateFlags {
  readonly tlsCertFile?: string;
  readonly tlsPrivateKeyFile?: string;
  readonly tlsCaFile?: string;
  readonly tlsName: readonly string[];
}

const collect = (text: string, before: readonly string[]): readonly string[] => [...before, text];

/** Adds them to the command. */
export function addCertificateOptions(command: Command): void {
  command
    .option('--tls-cert-file <file>', 'serving certificate (PEM), read again when it changes; by default its own')
    .option('--tls-private-key-file <file>', 'key of the serving certificate (PEM)')
    .option('--tls-ca-file <file>', "CA (PEM) to keep in the APIService's caBundle; for certificates from files")
    .option('--tls-name <name>', 'one more DNS name or address for its own certificate; may be repeated', collect, []);
}

/**
 * Where the certificate comes from.
 * @throws ConfigurationError for flags that are of no use without, or beside, others
 */
export function certificateOf({
  tlsCertFile: cert,
  tlsPrivateKeyFile: key,
  tlsCaFile: caFile,
  tlsName,
}: CertificateFlags) {
  if ((cert === undefined) !== (key === undefined)) {
    throw new ConfigurationError('--tls-cert-file and --tls-private-key-file go together: name both or none');
  }
  if (caFile !== undefined && cert === undefined) {
    throw new ConfigurationError('--tls-ca-file is for certificates from files: name --tls-cert-file, too');
  }
  if (cert !== undefined && tlsName.length > 0) {
    throw new ConfigurationError('--tls-name is for a certificate of its own: leave it out, or --tls-cert-file');
  }
  return {
    ...(cert === undefined || key === undefined ? {} : { files: { cert, key } }),
    ...(caFile === undefined ? {} : { caFile }),
    extraNames: tlsName,
  };
}
