/** The manifests as they are written. Tests with a cluster check the output of kustomize. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly resources: Readonly<Record<'requests' | 'limits', Readonly<Record<string, string>>>>;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly [probe: `${string}Probe`]: { readonly httpGet: { path: string; port: string; scheme: string } } | undefined;
}

/** The fields that these tests read, of all kinds. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly rules?: readonly PolicyRule[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace: string }[];
}

interface PatchOperation {
  readonly op: string;
  readonly path: string;
  readonly value: unknown;
}

export const root = join(import.meta.dirname, '../../..');
export const overlays = ['lowdb', 'cert-manager', 'etcd'] as const;
export type Overlay = (typeof overlays)[number];
const folders = ['apiservice', 'manifests/base', ...overlays.map((name) => `manifests/overlays/${name}`)];

interface Kustomization {
  readonly resources: readonly string[];
}

export const readText = (path: string): string => readFileSync(join(root, path), 'utf8');

/** The manifests that a kustomization lists itself, without the kustomizations that it builds on. */
function manifestsOf(folder: string): readonly Manifest[] {
  const { resources } = parse(readText(join(folder, 'kustomization.yaml'))) as Kustomization;
  return resources
    .filter((name) => name.endsWith('.yaml'))
    .flatMap((name) => parseAllDocuments(readText(join(folder, name))).map((document) => document.toJS() as Manifest));
}

export const manifests: readonly Manifest[] = folders.flatMap(manifestsOf);

export function only(kind: string, name: string): Manifest {
  const found = manifests.filter((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (found[0] === undefined || found.length > 1) throw new Error(`${found.length} of ${kind} ${name}`);
  return found[0];
}

export const ofKind = (kind: string): readonly Manifest[] => manifests.filter((manifest) => manifest.kind === kind);

/** Values that the Deployment patch of an overlay adds at the end of a list. */
export function addedToDeployment(overlay: Overlay, list: string): readonly unknown[] {
  const operations = parse(readText(`manifests/overlays/${overlay}/deployment-patch.yaml`)) as PatchOperation[];
  return operations.filter(({ op, path }) => op === 'add' && path.endsWith(`/${list}/-`)).map(({ value }) => value);
}

/** Files in the folders of the kustomizations that their kustomization does not name. */
export function unusedFiles(): readonly string[] {
  return folders.flatMap((folder) => {
    const kustomization = readText(join(folder, 'kustomization.yaml'));
    return readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml' && !kustomization.includes(name))
      .map((name) => join(folder, name));
  });
}
