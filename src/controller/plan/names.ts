/** The names of what a cluster becomes (domain: "What a cluster becomes"). Random parts are drawn once and kept in status. */
import { hash } from 'node:crypto';
import type { KubeDirectorCluster } from '../../apis/kubedirector/types.ts';

const domain = 'kubedirector.hpe.com';
/** On native objects: the app's label for people. */
export const prettyNameAnnotation = `${domain}/kdapp-prettyName`;
/** On member Services: the member's token. See docs/adr/0008-auth-token-annotation.md. */
export const authTokenAnnotation = `${domain}/kd-auth-token`;
/** On a connected ConfigMap: the type under which configmeta.json lists it. */
export const configMapTypeLabel = `${domain}/cmType`;
/** On a connected Secret: the type under which configmeta.json lists it. */
export const secretTypeLabel = `${domain}/secretType`;
/** The member's status.service where its role offers no port. */
export const noService = 'n/a';
const defaultDomainBase = '.svc.cluster.local';

/** Randomness that a plan may draw from. */
export interface Ids {
  /** Five characters of Kubernetes' safe alphabet. */
  suffix(): string;
  /** 32 hexadecimal digits. */
  token(): string;
  uuid(): string;
}

const statefulSetBaseLength = 46;
const headlessBaseLength = 58;

/** A DNS label out of names that may hold dots, underscores and capitals. */
const labelled = (text: string): string => text.replace(/[._]/g, '-').toLowerCase();

const byRole = (cluster: KubeDirectorCluster): boolean => cluster.spec.namingScheme === 'CrNameRole';

/** `kdss-x` or `<cluster>-<role>-x`; never one of `taken`. */
export function statefulSetName(
  cluster: KubeDirectorCluster,
  role: string,
  ids: Ids,
  taken: ReadonlySet<string>,
): string {
  const base = byRole(cluster) ? labelled(`${cluster.metadata.name ?? ''}-${role}-`) : 'kdss-';
  return unused(startingWithLetter(base).slice(0, statefulSetBaseLength), ids, taken);
}

/** `kdhs-x` or `<cluster>x`; never one of `taken`. */
export function headlessServiceName(cluster: KubeDirectorCluster, ids: Ids, taken: ReadonlySet<string>): string {
  const base = byRole(cluster) ? labelled(cluster.metadata.name ?? '') : 'kdhs-';
  return unused(startingWithLetter(base).slice(0, headlessBaseLength), ids, taken);
}

/** Names of Services are DNS-1035 labels: they begin with a letter. */
const startingWithLetter = (base: string): string => (/^[a-z]/.test(base) ? base : `kd-${base}`);

function unused(base: string, ids: Ids, taken: ReadonlySet<string>): string {
  for (;;) {
    const name = base + ids.suffix();
    if (!taken.has(name)) return name;
  }
}

/** The name that Kubernetes gives to a pod of a StatefulSet. */
export function podName(statefulSet: string, ordinal: number): string {
  return `${statefulSet}-${ordinal}`;
}

/** The number at the end of a StatefulSet's pod's name; -1 where there is none. */
export function podOrdinal(pod: string): number {
  const digits = /-(\d+)$/.exec(pod)?.[1];
  return digits === undefined ? -1 : Number(digits);
}

/** The StatefulSet whose pods have such names; undefined where none can. */
export function statefulSetOf(pod: string): string | undefined {
  return /^(.+)-\d+$/.exec(pod)?.[1];
}

/** The name of the Service of one member, by the cluster's naming scheme. */
export function memberServiceName(cluster: KubeDirectorCluster, pod: string): string {
  return byRole(cluster) ? pod : `s-${pod}`;
}

/** `<headless Service>.<namespace><base>`, the last part of every member's FQDN. */
export function memberDomain(clusterService: string, namespace: string, domainBase: string | undefined): string {
  return `${clusterService}.${namespace}${domainBase ?? defaultDomainBase}`;
}

/** A short digest, for telling versions of data apart; not a secret's keeper. */
export function digest(data: unknown): string {
  return hash('sha256', JSON.stringify(data)).slice(0, 32);
}
