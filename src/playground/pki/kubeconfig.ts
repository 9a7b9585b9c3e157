/**
 * The kubeconfig files that the playground writes for its users. Source:
 * https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
import { stringify } from 'yaml';
import type { KeyPair } from '../../pki/key-pair.ts';
import { writePrivately } from './private-file.ts';

const name = 'kubedirector-playground';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

interface KubeconfigOptions {
  /** The URL of the server, for example "https://127.0.0.1:6443". */
  readonly server: string;
  /** The CA certificate that signs the certificate of the server, PEM. */
  readonly ca: string;
  /** The client certificate and key: they decide which user the kubeconfig is for. */
  readonly client: KeyPair;
}

function kubeconfigText({ server, ca, client }: KubeconfigOptions): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(ca) } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
    'current-context': name,
    users: [
      {
        name,
        user: { 'client-certificate-data': base64(client.certificate), 'client-key-data': base64(client.key) },
      },
    ],
  });
}

/** Writes the file with mode 0600. Keys and certificates are embedded, so the file can be copied elsewhere. */
export function writeKubeconfig(path: string, options: KubeconfigOptions): Promise<void> {
  return writePrivately(path, kubeconfigText(options));
}
