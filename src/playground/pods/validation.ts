/**
 * Validation of pods and pod templates. Source: kubernetes/pkg/apis/core/validation. The schemas check types and
 * formats; rules about features that the playground does not simulate are left out.
 */
import { affinityErrors } from '../../apis/kubernetes/validation/affinity.ts';
import { variableErrors } from '../../apis/kubernetes/validation/environment.ts';
import { resourceErrors } from '../../apis/kubernetes/validation/resources.ts';
import { omit } from '../omit.ts';
import type { Container, Pod, PodSpec, PodTemplateSpec } from '../../apis/kubernetes/types.ts';
import {
  duplicate,
  forbidden,
  invalid,
  notFoundValue,
  notSupported,
  required,
  type FieldError,
} from '../../meta/field-error.ts';
import { deepEqual } from '../../meta/json.ts';
import { dns1123LabelErrors } from '../../meta/names.ts';
import { portNameErrors, portNumberErrors } from '../services/port-validation.ts';

const oneOf = (path: string, value: string | undefined, supported: readonly string[]): FieldError[] =>
  value === undefined || supported.includes(value) ? [] : [notSupported(path, value, supported)];

function portErrors(container: Container, path: string): FieldError[] {
  const names = new Set<string>();
  return (container.ports ?? []).flatMap((port, index) => {
    const at = `${path}.ports[${index}]`;
    const errors = port.name ? portNameErrors(port.name).map((text) => invalid(`${at}.name`, port.name, text)) : [];
    if (port.name && errors.length === 0 && names.has(port.name)) errors.push(duplicate(`${at}.name`, port.name));
    if (port.name) names.add(port.name);
    if (port.containerPort === 0) errors.push(required(`${at}.containerPort`, ''));
    else {
      errors.push(
        ...portNumberErrors(port.containerPort).map((text) => invalid(`${at}.containerPort`, port.containerPort, text)),
      );
    }
    return [...errors, ...oneOf(`${at}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP'])];
  });
}

function mountErrors(container: Container, volumes: ReadonlySet<string>, path: string): FieldError[] {
  const mounts = new Set<string>();
  return (container.volumeMounts ?? []).flatMap((mount, index) => {
    const at = `${path}.volumeMounts[${index}]`;
    const errors: FieldError[] = [];
    if (mount.name === '') errors.push(required(`${at}.name`, ''));
    if (!volumes.has(mount.name)) errors.push(notFoundValue(`${at}.name`, mount.name));
    if (mount.mountPath === '') errors.push(required(`${at}.mountPath`, ''));
    if (mounts.has(mount.mountPath)) errors.push(invalid(`${at}.mountPath`, mount.mountPath, 'must be unique'));
    mounts.add(mount.mountPath);
    if (mount.subPath?.startsWith('/')) errors.push(invalid(`${at}.subPath`, mount.subPath, 'must be a relative path'));
    if (mount.subPath?.split('/').includes('..'))
      errors.push(invalid(`${at}.subPath`, mount.subPath, "must not contain '..'"));
    return errors;
  });
}

function containerErrors(container: Container, volumes: ReadonlySet<string>, path: string): FieldError[] {
  const nameErrors =
    container.name === ''
      ? [required(`${path}.name`, '')]
      : dns1123LabelErrors(container.name).map((text) => invalid(`${path}.name`, container.name, text));
  return [
    ...nameErrors,
    ...(container.image ? [] : [required(`${path}.image`, '')]),
    ...oneOf(`${path}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']),
    ...portErrors(container, path),
    ...(container.env ?? []).flatMap((variable, index) => variableErrors(variable, `${path}.env[${index}]`)),
    ...mountErrors(container, volumes, path),
    ...resourceErrors(container.resources ?? {}, `${path}.resources`),
  ];
}

function volumeNameErrors(spec: PodSpec, path: string): FieldError[] {
  const names = new Set<string>();
  return (spec.volumes ?? []).flatMap(({ name }, index) => {
    const at = `${path}.volumes[${index}].name`;
    if (name === '') return [required(at, '')];
    const errors = dns1123LabelErrors(name).map((text) => invalid(at, name, text));
    if (names.has(name)) errors.push(duplicate(at, name));
    names.add(name);
    return errors;
  });
}

/** Validates the spec of a pod. @param claimTemplates names of the volumes that a StatefulSet adds */
export function podSpecErrors(spec: PodSpec, path: string, claimTemplates: readonly string[] = []): FieldError[] {
  const volumes = new Set([...(spec.volumes ?? []).map((volume) => volume.name), ...claimTemplates]);
  const errors = volumeNameErrors(spec, path);
  const names = new Set<string>();
  if (spec.containers.length === 0) errors.push(required(`${path}.containers`, ''));
  for (const list of ['containers', 'initContainers'] as const) {
    for (const [index, container] of (spec[list] ?? []).entries()) {
      const at = `${path}.${list}[${index}]`;
      errors.push(...containerErrors(container, volumes, at));
      if (names.has(container.name)) errors.push(duplicate(`${at}.name`, container.name));
      names.add(container.name);
    }
  }
  if (spec.affinity !== undefined) errors.push(...affinityErrors(spec.affinity, `${path}.affinity`));
  errors.push(...oneOf(`${path}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']));
  errors.push(
    ...oneOf(`${path}.dnsPolicy`, spec.dnsPolicy, ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None']),
  );
  const grace = spec.terminationGracePeriodSeconds ?? 0;
  if (grace < 0) {
    errors.push(invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than or equal to 0'));
  }
  for (const field of ['hostname', 'subdomain'] as const) {
    const value = spec[field];
    if (value) errors.push(...dns1123LabelErrors(value).map((text) => invalid(`${path}.${field}`, value, text)));
  }
  return errors;
}

/** Validates the pod template of a workload. @param claimTemplates names of the volumes that a StatefulSet adds */
export function podTemplateErrors(
  template: PodTemplateSpec,
  path: string,
  claimTemplates: readonly string[],
): FieldError[] {
  if (template.spec === undefined) return [required(`${path}.spec.containers`, '')];
  return podSpecErrors(template.spec, `${path}.spec`, claimTemplates);
}

/** The spec without the fields that may change. */
function frozenPart(spec: PodSpec): object {
  const withoutImage = (container: Container): object => omit(container, 'image');
  return {
    ...omit(spec, 'activeDeadlineSeconds', 'tolerations', 'terminationGracePeriodSeconds'),
    containers: spec.containers.map(withoutImage),
    initContainers: (spec.initContainers ?? []).map(withoutImage),
  };
}

/** Validates an update. @param mayBind whether an unset nodeName may be set; only the scheduler may do that */
export function podUpdateErrors(pod: Pod, old: Pod, mayBind: boolean): FieldError[] {
  if (pod.spec === undefined || old.spec === undefined) return [];
  const { nodeName, ...unbound } = pod.spec;
  const binds = mayBind && !old.spec.nodeName && nodeName !== undefined;
  const compared = binds ? unbound : pod.spec;
  const errors = podSpecErrors(pod.spec, 'spec');
  const kept = (old.spec.tolerations ?? []).every((one) =>
    pod.spec?.tolerations?.some((other) => deepEqual(one, other)),
  );
  if (!kept)
    errors.push(forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'));
  if (!deepEqual(frozenPart(compared), frozenPart(old.spec))) {
    errors.push(
      forbidden(
        'spec',
        'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
      ),
    );
  }
  return errors;
}
