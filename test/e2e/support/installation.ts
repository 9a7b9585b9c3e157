/** What the global setup has installed, for the suites. */
import { inject } from 'vitest';

/** host: the server is a process of this machine. node: it is a Deployment. */
export type Form = 'host' | 'node';

export interface Installation {
  readonly form: Form;
  /** The folder of this run: logs, kubeconfigs, the server's data. */
  readonly directory: string;
  /** Where the server listens on this machine, in form host. */
  readonly port: number;
}

declare module 'vitest' {
  interface ProvidedContext {
    installation: Installation;
  }
}

/** Names that the manifests give. */
export const systemNamespace = 'kubedirector';
export const serviceName = 'kubedirector';
export const apiServiceName = 'v1beta1.kubedirector.hpe.com';
/** The label of all namespaces of tests; they are removed at the end of a run. */
export const testLabel = 'kubedirector-e2e';

export const guestImage = process.env['E2E_GUEST_IMAGE'] ?? 'kd.lab/guest:1';

export const installation = (): Installation => inject('installation');

/** @throws Error that says how to choose the cluster */
export function kubeconfig(): string {
  const file = process.env['KUBECONFIG'];
  if (file === undefined || file === '') throw new Error('name the kubeconfig of a disposable cluster in KUBECONFIG');
  return file;
}
