/**
 * The defaults that kube-apiserver sets in pods. They are the same for a pod and for the template of a StatefulSet, if
 * not stated otherwise. Source: k8s.io/kubernetes/pkg/apis/core/v1/defaults.go
 */
import { canonicalQuantities, canonicalQuantity } from '../quantities.ts';
import type {
  Container,
  Pod,
  PodSpec,
  PodTemplateSpec,
  ResourceRequirements,
  Volume,
} from '../../apis/kubernetes/types.ts';

type Probe = NonNullable<Container['livenessProbe']>;
type Lifecycle = NonNullable<Container['lifecycle']>;

/** Whether the tag is "latest", which is also the default if the reference has neither tag nor digest. */
function isLatest(image: string): boolean {
  if (image.includes('@')) return false;
  const last = image.slice(image.lastIndexOf('/') + 1);
  const colon = last.indexOf(':');
  return colon < 0 || last.slice(colon + 1) === 'latest';
}

function pullPolicyOf(image: string): 'Always' | 'IfNotPresent' {
  return isLatest(image) ? 'Always' : 'IfNotPresent';
}

function withHttpDefaults<A extends { httpGet?: { path?: string; scheme?: string; port: number | string } }>(
  action: A,
): A {
  if (action.httpGet === undefined) return action;
  return {
    ...action,
    httpGet: { ...action.httpGet, path: action.httpGet.path ?? '/', scheme: action.httpGet.scheme ?? 'HTTP' },
  };
}

function defaultProbe(probe: Probe): Probe {
  return withHttpDefaults({
    ...probe,
    timeoutSeconds: probe.timeoutSeconds || 1,
    periodSeconds: probe.periodSeconds || 10,
    successThreshold: probe.successThreshold || 1,
    failureThreshold: probe.failureThreshold || 3,
  });
}

function defaultLifecycle(lifecycle: Lifecycle): Lifecycle {
  return {
    ...lifecycle,
    ...(lifecycle.postStart ? { postStart: withHttpDefaults(lifecycle.postStart) } : {}),
    ...(lifecycle.preStop ? { preStop: withHttpDefaults(lifecycle.preStop) } : {}),
  };
}

function defaultResources(resources: ResourceRequirements): ResourceRequirements {
  const { limits, requests } = resources;
  return {
    ...resources,
    ...(limits ? { limits: canonicalQuantities(limits) } : {}),
    ...(requests ? { requests: canonicalQuantities(requests) } : {}),
  };
}

function defaultContainer(container: Container): Container {
  return {
    ...container,
    imagePullPolicy: container.imagePullPolicy || pullPolicyOf(container.image ?? ''),
    resources: defaultResources(container.resources ?? {}),
    terminationMessagePath: container.terminationMessagePath || '/dev/termination-log',
    terminationMessagePolicy: container.terminationMessagePolicy || 'File',
    ...(container.ports
      ? { ports: container.ports.map((port) => ({ ...port, protocol: port.protocol || 'TCP' })) }
      : {}),
    ...(container.env
      ? {
          env: container.env.map((variable) =>
            variable.valueFrom?.fieldRef
              ? {
                  ...variable,
                  valueFrom: {
                    ...variable.valueFrom,
                    fieldRef: {
                      ...variable.valueFrom.fieldRef,
                      apiVersion: variable.valueFrom.fieldRef.apiVersion || 'v1',
                    },
                  },
                }
              : variable,
          ),
        }
      : {}),
    ...(container.lifecycle ? { lifecycle: defaultLifecycle(container.lifecycle) } : {}),
    ...(container.livenessProbe ? { livenessProbe: defaultProbe(container.livenessProbe) } : {}),
    ...(container.readinessProbe ? { readinessProbe: defaultProbe(container.readinessProbe) } : {}),
    ...(container.startupProbe ? { startupProbe: defaultProbe(container.startupProbe) } : {}),
  };
}

function defaultVolume(volume: Volume): Volume {
  const defaultMode = 0o644;
  if (Object.keys(volume).length === 1) return { ...volume, emptyDir: {} };
  return {
    ...volume,
    ...(volume.secret ? { secret: { ...volume.secret, defaultMode: volume.secret.defaultMode ?? defaultMode } } : {}),
    ...(volume.configMap
      ? { configMap: { ...volume.configMap, defaultMode: volume.configMap.defaultMode ?? defaultMode } }
      : {}),
    ...(volume.downwardAPI
      ? { downwardAPI: { ...volume.downwardAPI, defaultMode: volume.downwardAPI.defaultMode ?? defaultMode } }
      : {}),
    ...(volume.projected
      ? { projected: { ...volume.projected, defaultMode: volume.projected.defaultMode ?? defaultMode } }
      : {}),
    ...(volume.emptyDir?.sizeLimit === undefined
      ? {}
      : { emptyDir: { ...volume.emptyDir, sizeLimit: canonicalQuantity(volume.emptyDir.sizeLimit) } }),
    ...(volume.image ? { image: { pullPolicy: pullPolicyOf(volume.image.reference ?? ''), ...volume.image } } : {}),
    ...(volume.hostPath ? { hostPath: { ...volume.hostPath, type: volume.hostPath.type ?? '' } } : {}),
  };
}

/** The defaults that pods and templates share. */
function defaultPodSpec(spec: PodSpec): PodSpec {
  const account = spec.serviceAccountName || spec.serviceAccount;
  return {
    ...spec,
    containers: spec.containers.map(defaultContainer),
    ...(spec.initContainers ? { initContainers: spec.initContainers.map(defaultContainer) } : {}),
    ...(spec.volumes ? { volumes: spec.volumes.map(defaultVolume) } : {}),
    ...(account ? { serviceAccountName: account, serviceAccount: account } : {}),
    dnsPolicy: spec.dnsPolicy || 'ClusterFirst',
    restartPolicy: spec.restartPolicy || 'Always',
    securityContext: spec.securityContext ?? {},
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? 30,
    schedulerName: spec.schedulerName || 'default-scheduler',
  };
}

/** Sets the defaults in the template of a workload. */
export function defaultPodTemplate(template: PodTemplateSpec): PodTemplateSpec {
  return template.spec === undefined ? template : { ...template, spec: defaultPodSpec(template.spec) };
}

function requestsFromLimits(container: Container): Container {
  const limits = container.resources?.limits;
  if (limits === undefined) return container;
  return {
    ...container,
    resources: { ...container.resources, requests: { ...limits, ...container.resources?.requests } },
  };
}

const notReadyTolerations = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map((key) => ({
  effect: 'NoExecute',
  key,
  operator: 'Exists',
  tolerationSeconds: 300,
}));

/** Sets the defaults in a pod. */
export function defaultPod(pod: Pod): Pod {
  if (pod.spec === undefined) return pod;
  const spec = defaultPodSpec(pod.spec);
  return {
    ...pod,
    spec: {
      ...spec,
      containers: spec.containers.map(requestsFromLimits),
      ...(spec.initContainers ? { initContainers: spec.initContainers.map(requestsFromLimits) } : {}),
      enableServiceLinks: spec.enableServiceLinks ?? true,
    },
  };
}

/**
 * What kube-apiserver's standard admission plugins set in a pod: service account, priority, tolerations. Source:
 * ServiceAccount, Priority and DefaultTolerationSeconds in k8s.io/kubernetes/plugin/pkg/admission
 */
export function admittedPod(pod: Pod): Pod {
  if (pod.spec === undefined) return pod;
  const { spec } = pod;
  const tolerations = spec.tolerations ?? [];
  return {
    ...pod,
    spec: {
      ...spec,
      preemptionPolicy: spec.preemptionPolicy ?? 'PreemptLowerPriority',
      priority: spec.priority ?? 0,
      serviceAccountName: spec.serviceAccountName || 'default',
      serviceAccount: spec.serviceAccountName || 'default',
      tolerations: [
        ...tolerations,
        ...notReadyTolerations.filter(
          (wanted) => !tolerations.some((one) => one.key === wanted.key || (!one.key && one.operator === 'Exists')),
        ),
      ],
    },
  };
}

type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** The value of status.qosClass. Source: https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/ */
export function qosClass(spec: PodSpec): QosClass {
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  const of = (container: Container, kind: 'requests' | 'limits', name: string): string =>
    String(container.resources?.[kind]?.[name] ?? '');
  const names = ['cpu', 'memory'];
  const anything = containers.some((one) =>
    names.some((name) => of(one, 'requests', name) !== '' || of(one, 'limits', name) !== ''),
  );
  if (!anything) return 'BestEffort';
  const guaranteed = containers.every((one) =>
    names.every((name) => {
      const limit = of(one, 'limits', name);
      return limit !== '' && (of(one, 'requests', name) === '' || of(one, 'requests', name) === limit);
    }),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
