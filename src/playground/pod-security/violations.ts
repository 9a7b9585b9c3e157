/** Kubernetes' checks of pods by namespace label. Source: k8s.io/pod-security-admission/policy, version latest */
import type { Container, PodSpec } from '../../apis/kubernetes/types.ts';
import { isBad, quoted, setters, the, type Violation } from './words.ts';

/** What a namespace enforces. */
export type Level = 'privileged' | 'baseline' | 'restricted';

type Check = (pod: PodSpec, containers: readonly Container[]) => Violation | undefined;

const allowedCapabilities: ReadonlySet<string> = new Set([
  ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'SETFCAP'],
  ...['SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'],
]);
const allowedSysctls: ReadonlySet<string> = new Set([
  ...['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies'],
  ...['net.ipv4.ping_group_range', 'net.ipv4.ip_unprivileged_port_start', 'net.ipv4.ip_local_reserved_ports'],
  ...['net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl'],
  ...['net.ipv4.tcp_keepalive_probes', 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'],
  ...['net.ipv4.tcp_slow_start_after_idle', 'net.ipv4.tcp_notsent_lowat'],
]);
const restrictedVolumes = [
  ...[
    'configMap',
    'csi',
    'downwardAPI',
    'emptyDir',
    'ephemeral',
    'image',
    'persistentVolumeClaim',
    'projected',
    'secret',
  ],
];
const allowedTypes: ReadonlySet<string> = new Set([
  ...['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'],
]);
const allowedProfiles = ['RuntimeDefault', 'Localhost'];

const appArmor: Check = (pod, containers) => {
  const of = ({ securityContext }: Pick<PodSpec | Container, 'securityContext'>): string | undefined =>
    isBad(securityContext?.appArmorProfile?.type, allowedProfiles);
  const bad = setters(pod, containers, of);
  if (bad === undefined) return undefined;
  const reason = `forbidden AppArmor profile${bad.values.length === 1 ? '' : 's'}`;
  return [reason, `${bad.who} must not set AppArmor profile type to ${quoted(bad.values)}`];
};

const capabilities: Check = (_pod, containers) => {
  const added = addedBeyond(containers, (name) => allowedCapabilities.has(name));
  return added === undefined ? undefined : ['non-default capabilities', added];
};

function addedBeyond(containers: readonly Container[], allows: (name: string) => boolean): string | undefined {
  const foreign = ({ securityContext }: Container): string[] =>
    (securityContext?.capabilities?.add ?? []).filter((name) => !allows(name));
  const bad = containers.filter((one) => foreign(one).length > 0);
  if (bad.length === 0) return undefined;
  const names = [...new Set(bad.flatMap(foreign))].sort();
  return `${the('container', bad)} must not include ${quoted(names)} in securityContext.capabilities.add`;
}

const hostNamespaces: Check = (pod) => {
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => pod[field] === true);
  return shared.length === 0 ? undefined : ['host namespaces', shared.map((field) => `${field}=true`).join(', ')];
};

const hostPaths: Check = ({ volumes = [] }) => {
  const bad = volumes.filter(({ hostPath }) => hostPath !== undefined);
  return bad.length === 0 ? undefined : ['hostPath volumes', the('volume', bad)];
};

const hostPorts: Check = (_pod, containers) => {
  const portsOf = ({ ports = [] }: Container): number[] => ports.flatMap(({ hostPort = 0 }) => hostPort || []);
  const bad = containers.filter((one) => portsOf(one).length > 0);
  if (bad.length === 0) return undefined;
  const ports = [...new Set(bad.flatMap(portsOf).map(String))].sort();
  const uses = bad.length === 1 ? 'uses' : 'use';
  return ['hostPort', `${the('container', bad)} ${uses} hostPort${ports.length === 1 ? '' : 's'} ${ports.join(', ')}`];
};

const privileged: Check = (_pod, containers) => {
  const bad = containers.filter(({ securityContext }) => securityContext?.privileged === true);
  if (bad.length === 0) return undefined;
  return ['privileged', `${the('container', bad)} must not set securityContext.privileged=true`];
};

const procMount: Check = ({ hostUsers }, containers) => {
  const of = ({ securityContext }: Container): string[] =>
    securityContext?.procMount === undefined || securityContext.procMount === 'Default'
      ? []
      : [securityContext.procMount];
  const bad = containers.filter((one) => of(one).length > 0);
  if (bad.length === 0 || hostUsers === false) return undefined;
  const values = [...new Set(bad.flatMap(of))].sort();
  return ['procMount', `${the('container', bad)} must not set securityContext.procMount to ${quoted(values)}`];
};

const seLinux: Check = (pod, containers) => {
  const of = ({ securityContext }: Pick<PodSpec | Container, 'securityContext'>): string | undefined => {
    const { type = '', user = '', role = '' } = securityContext?.seLinuxOptions ?? {};
    return allowedTypes.has(type) && user === '' && role === '' ? undefined : type;
  };
  const bad = setters(pod, containers, of);
  if (bad === undefined) return undefined;
  const options = [pod, ...containers].flatMap(({ securityContext }) => securityContext?.seLinuxOptions ?? []);
  const types = bad.values.filter((type) => !allowedTypes.has(type));
  const what = [
    ...(types.length === 0 ? [] : [`type${types.length === 1 ? '' : 's'} ${quoted(types)}`]),
    ...(options.some(({ user = '' }) => user !== '') ? ['user may not be set'] : []),
    ...(options.some(({ role = '' }) => role !== '') ? ['role may not be set'] : []),
  ];
  return ['seLinuxOptions', `${bad.who} set forbidden securityContext.seLinuxOptions: ${what.join('; ')}`];
};

const seccomp: Check = (pod, containers) => {
  const bad = setters(pod, containers, ({ securityContext }) =>
    isBad(securityContext?.seccompProfile?.type, allowedProfiles),
  );
  return (
    bad && ['seccompProfile', `${bad.who} must not set securityContext.seccompProfile.type to ${quoted(bad.values)}`]
  );
};

const sysctls: Check = ({ securityContext }) => {
  const bad = (securityContext?.sysctls ?? []).filter(({ name }) => !allowedSysctls.has(name));
  return bad.length === 0 ? undefined : ['forbidden sysctls', bad.map(({ name }) => name).join(', ')];
};

const hostProcess: Check = (pod, containers) => {
  const bad = setters(pod, containers, ({ securityContext }) =>
    securityContext?.windowsOptions?.hostProcess === true ? 'true' : undefined,
  );
  return bad && ['hostProcess', `${bad.who} must not set securityContext.windowsOptions.hostProcess=true`];
};

const escalation: Check = (_pod, containers) => {
  const bad = containers.filter(({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  if (bad.length === 0) return undefined;
  const detail = `${the('container', bad)} must set securityContext.allowPrivilegeEscalation=false`;
  return ['allowPrivilegeEscalation != false', detail];
};

const dropsAll: Check = (_pod, containers) => {
  const bad = containers.filter(({ securityContext }) => securityContext?.capabilities?.drop?.includes('ALL') !== true);
  const added = addedBeyond(containers, (name) => name === 'NET_BIND_SERVICE');
  const details = [
    ...(bad.length === 0 ? [] : [`${the('container', bad)} must set securityContext.capabilities.drop=["ALL"]`]),
    ...(added === undefined ? [] : [added]),
  ];
  return details.length === 0 ? undefined : ['unrestricted capabilities', details.join('; ')];
};

const volumeTypes: Check = ({ volumes = [] }) => {
  const typeOf = (volume: object): string => Object.keys(volume).find((key) => key !== 'name') ?? 'unknown';
  const bad = volumes.filter((volume) => !restrictedVolumes.includes(typeOf(volume)));
  if (bad.length === 0) return undefined;
  const types = [...new Set(bad.map(typeOf))].sort();
  const uses = bad.length === 1 ? 'uses' : 'use';
  const what = `restricted volume type${types.length === 1 ? '' : 's'}`;
  return ['restricted volume types', `${the('volume', bad)} ${uses} ${what} ${quoted(types)}`];
};

const nonRoot: Check = (pod, containers) => {
  if (pod.hostUsers === false) return undefined;
  const reason = 'runAsNonRoot != true';
  const bad = setters(pod, containers, ({ securityContext }) =>
    securityContext?.runAsNonRoot === false ? 'false' : undefined,
  );
  if (bad !== undefined) return [reason, `${bad.who} must not set securityContext.runAsNonRoot=false`];
  if (pod.securityContext?.runAsNonRoot === true) return undefined;
  const silent = containers.filter(({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  if (silent.length === 0) return undefined;
  return [reason, `pod or ${the('container', silent)} must set securityContext.runAsNonRoot=true`];
};

const userZero: Check = (pod, containers) => {
  if (pod.hostUsers === false) return undefined;
  const bad = setters(pod, containers, ({ securityContext }) => (securityContext?.runAsUser === 0 ? '0' : undefined));
  return bad && ['runAsUser=0', `${bad.who} must not set runAsUser=0`];
};

const seccompSet: Check = (pod, containers) => {
  const bad = seccomp(pod, containers);
  if (bad !== undefined || pod.securityContext?.seccompProfile !== undefined) return bad;
  const silent = containers.filter(({ securityContext }) => securityContext?.seccompProfile === undefined);
  if (silent.length === 0) return undefined;
  const detail = `pod or ${the('container', silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`;
  return ['seccompProfile', detail];
};

/** In the order of their ids, as Kubernetes names what it finds. */
const baseline: readonly Check[] = [
  ...[appArmor, capabilities, hostNamespaces, hostPaths, hostPorts, privileged, procMount, seLinux, seccomp, sysctls],
  hostProcess,
];
const restricted: readonly Check[] = [
  ...[appArmor, hostNamespaces, hostPorts, privileged, seLinux, sysctls, hostProcess],
  ...[escalation, dropsAll, procMount, volumeTypes, nonRoot, userZero, seccompSet],
];

/** What Kubernetes finds in the pod: "reason (detail), reason (detail)"; '' for nothing. */
export function violations(pod: PodSpec, level: Level): string {
  if (level === 'privileged') return '';
  const containers = [...(pod.initContainers ?? []), ...pod.containers];
  const found = (level === 'baseline' ? baseline : restricted).flatMap((check) => {
    const violation = check(pod, containers);
    return violation === undefined ? [] : [violation];
  });
  return found.map(([reason, detail]) => `${reason} (${detail})`).join(', ');
}
