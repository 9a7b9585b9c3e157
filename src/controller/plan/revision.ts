/**
 * What the members of a role run, in short: a fingerprint of everything in the spec, the app and the set-up of a role that
 * reaches a member only by a restart. It is made of what users wrote and not of the pod template, so that a new version of
 * this program, which may make templates in another way, restarts no pod. What is absent leaves no trace in it: a field that
 * a later version adds changes no revision before somebody uses it. See docs/adr/0045-rolling-updates.md.
 */
import type { ConfigSettings } from '../../apis/kubedirector/config-settings.ts';
import { createHmac } from 'node:crypto';
import { keyRingOf, openStoredSecretKey, usableKeys } from '../../apis/kubedirector/secret-keys.ts';
import { placeOf } from '../../apis/kubedirector/secret-key-places.ts';
import type { ClusterRole, KubeDirectorApp, KubeDirectorCluster } from '../../apis/kubedirector/types.ts';
import { isJsonObject } from '../../meta/json.ts';
import { digest } from './names.ts';
import { meansNothing } from './nothing.ts';
import { probesOf } from './objects/probes.ts';
import { canonical } from './objects/volumes.ts';
import { resizableOf } from './resizable.ts';
import type { ResolvedRole } from './roles.ts';

interface RevisionSources {
  readonly cluster: KubeDirectorCluster;
  readonly app: KubeDirectorApp;
  readonly config: ConfigSettings;
}

const whatLength = 10;
const amountsLength = 5;
const restartLength = 5;
const separator = '-';

/** By role: the revision that its members are to have now. */
export function revisionsOf(sources: RevisionSources, roles: readonly ResolvedRole[]): ReadonlyMap<string, string> {
  return new Map(roles.map((role) => [role.id, revisionOf(sources, role)]));
}

function revisionOf(sources: RevisionSources, role: ResolvedRole): string {
  const restartedAt = restartOf(sources.cluster, role.spec);
  return [
    digest(ordered(contents(sources, role))).slice(0, whatLength),
    digest(resizableOf(role.spec.resources)).slice(0, amountsLength),
    ...(restartedAt === undefined ? [] : [digest(restartedAt.toISOString()).slice(0, restartLength)]),
  ].join(separator);
}

interface RevisionParts {
  /** Of all that only a restart can bring. */
  readonly what: string;
  /** Of cpu and memory, which may change while a container runs. */
  readonly amounts: string;
}

/** A revision without what a restart has added to it. */
export function partsOf(revision: string): RevisionParts {
  const [what = '', amounts = ''] = revision.split(separator);
  return { what, amounts };
}

/** The later one of both times; undefined where nobody has asked for a restart. */
export function restartOf({ spec }: KubeDirectorCluster, role: ClusterRole): Date | undefined {
  const times = [spec.restartedAt, role.restartedAt].flatMap((text) => {
    const time = text === undefined ? NaN : Date.parse(text);
    return Number.isNaN(time) ? [] : [time];
  });
  return times.length === 0 ? undefined : new Date(Math.max(...times));
}

/** A fingerprint of all that the members of a role take from the app by a restart. */
export function appRevisionOf(app: KubeDirectorApp, role: ResolvedRole): string {
  const { podSecurityContext, securityContext } = role.app;
  return digest(ordered({ ...ofApp(app, role), podSecurityContext, securityContext })).slice(0, whatLength);
}

function ofApp(app: KubeDirectorApp, role: ResolvedRole): object {
  return {
    image: role.app.imageRepoTag,
    package: role.configPackage && { url: role.configPackage.packageURL, layout: role.layout },
    container: role.app.containerSpec,
    probes: probesOf(role.app),
    ports: role.ports.map(({ service, port }) => [service.id, port]),
    capabilities: app.spec.capabilities,
    systemd: app.spec.systemdRequired === true ? true : undefined,
    directories: role.spec.storage === undefined ? undefined : role.app.persistDirs,
  };
}

function contents({ app, cluster, config }: RevisionSources, role: ResolvedRole): object {
  const { spec } = role;
  const { secret, volumeProjections = [], sharedMemory, env, affinity, serviceAccountName, fileInjections } = spec;
  const { nodeSelector, tolerations, topologySpreadConstraints, priorityClassName } = spec;
  const { pod: podSecurityContext, container: securityContext } = role.security;
  return {
    ...ofApp(app, role),
    limits: otherAmounts(spec.resources.limits),
    requests: otherAmounts(spec.resources.requests),
    sharedMemory: sharedMemory === undefined ? undefined : canonical(sharedMemory),
    secret: secret && { ...secret, defaultMode: secret.defaultMode ?? 0o644, readOnly: secret.readOnly || undefined },
    volumeProjections: volumeProjections.map((one) => ({ ...one, readOnly: one.readOnly || undefined })),
    ...{ env, affinity, serviceAccountName, fileInjections },
    ...{ nodeSelector, tolerations, topologySpreadConstraints, priorityClassName, podSecurityContext, securityContext },
    secretKeys: secretDigests(cluster, config, spec),
  };
}

/** Of extended resources, which only a restart can change. */
const otherAmounts = (quantities: Readonly<Record<string, string | number>> = {}): object =>
  Object.fromEntries(
    Object.entries(quantities)
      .filter(([name]) => name !== 'cpu' && name !== 'memory')
      .map(([name, amount]) => [name, canonical(amount)]),
  );

/**
 * By the values, whatever nonces they are encrypted with. Keyed with the first master key, so that another one
 * restarts nobody: nobody can find a value by trying, who can only read pods.
 */
export function secretDigests(cluster: KubeDirectorCluster, config: ConfigSettings, role: ClusterRole): unknown[] {
  const ring = keyRingOf(config);
  const { revisionKey = ring.key } = config;
  if (revisionKey === undefined || usableKeys(ring).length === 0) return [];
  return (role.secretKeys ?? []).map(({ name, encryptedValue = '' }) => {
    const opened = openStoredSecretKey(encryptedValue, ring, placeOf(cluster, role.id, name));
    return [name, opened && createHmac('sha256', revisionKey).update(opened.value).digest('hex')];
  });
}

/** With keys in one order, and without what means the same as nothing. @param holder the field whose value it is */
function ordered(value: unknown, holder = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => ordered(item));
  if (!isJsonObject(value)) return value;
  const fields = Object.entries(value)
    .map(([key, field]) => [key, ordered(field, key)] as const)
    .filter(([key, field]) => !meansNothing(field, key, holder))
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(fields);
}
