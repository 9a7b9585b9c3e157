/** What is applied to install the server, made of the manifests that users apply. */
import { parseAllDocuments } from 'yaml';
import type { Kubectl } from '../../support/kubectl.ts';
import type { Form, Installation } from './installation.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: Readonly<Record<string, unknown>>;
}

const overlays: Readonly<Record<Form, string>> = { host: 'manifests/overlays/lowdb', node: 'test/e2e/overlays/node' };
/** What runs the server in the cluster: of no use where it runs beside it. */
const ofDeployment = new Set(['Deployment', 'PersistentVolumeClaim', 'NetworkPolicy', 'ResourceQuota']);

/** YAML or JSON for `kubectl apply -f -`. @param overlay another than all suites run by */
export async function renderManifests(
  kubectl: Kubectl,
  { form, port }: Installation,
  overlay = overlays[form],
): Promise<string> {
  const { code, stdout, stderr } = await kubectl('kustomize', overlay);
  if (code !== 0) throw new Error(`kubectl kustomize ended with ${code}: ${stderr}`);
  if (form === 'node') return withImage(stdout);
  const items = parseAllDocuments(stdout)
    .map((document) => document.toJS() as Manifest)
    .filter(({ kind }) => !ofDeployment.has(kind))
    .map((manifest) => onHost(manifest, port));
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

/** kube-apiserver and the server are on one machine: the Service is a name for it. */
function onHost(manifest: Manifest, port: number): Manifest {
  if (manifest.kind === 'Service') return { ...manifest, spec: { type: 'ExternalName', externalName: 'localhost' } };
  if (manifest.kind !== 'APIService') return manifest;
  const service = manifest.spec?.['service'] as object;
  return { ...manifest, spec: { ...manifest.spec, service: { ...service, port } } };
}

/** E2E_IMAGE, for clusters that have a registry. */
function withImage(manifests: string): string {
  const image = process.env['E2E_IMAGE'];
  return image === undefined ? manifests : manifests.replaceAll('kd.lab/kubedirector:test', image);
}
