/** Validation of Services. Source: kubernetes/pkg/apis/core/validation ValidateService */
import type { Service, ServicePort } from '../../apis/kubernetes/types.ts';
import { duplicate, forbidden, invalid, notSupported, required, type FieldError } from '../../meta/field-error.ts';
import { validateLabels } from '../../meta/metadata-validation.ts';
import { dns1123LabelErrors, dns1123SubdomainErrors } from '../../meta/names.ts';
import { isHeadless } from './defaults.ts';
import { portNameErrors, portNumberErrors } from './port-validation.ts';

type ServiceSpec = NonNullable<Service['spec']>;

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const protocols = ['SCTP', 'TCP', 'UDP'];

function portErrors(port: ServicePort, at: string, names: Set<string>, requireName: boolean): FieldError[] {
  const errors: FieldError[] = [];
  if (!port.name && requireName) errors.push(required(`${at}.name`, ''));
  if (port.name) {
    errors.push(...dns1123LabelErrors(port.name).map((text) => invalid(`${at}.name`, port.name, text)));
    if (names.has(port.name)) errors.push(duplicate(`${at}.name`, port.name));
    names.add(port.name);
  }
  errors.push(...portNumberErrors(port.port).map((text) => invalid(`${at}.port`, port.port, text)));
  if (port.protocol !== undefined && !protocols.includes(port.protocol)) {
    errors.push(notSupported(`${at}.protocol`, port.protocol, protocols));
  }
  const target = port.targetPort;
  if (target === undefined) return errors;
  const wrong = typeof target === 'number' ? portNumberErrors(target) : portNameErrors(target);
  return [...errors, ...wrong.map((text) => invalid(`${at}.targetPort`, target, text))];
}

function portsErrors(spec: ServiceSpec): FieldError[] {
  const ports = spec.ports ?? [];
  if (ports.length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName') return [required('spec.ports', '')];
  const names = new Set<string>();
  const seen = new Set<string>();
  return ports.flatMap((port, index) => {
    const at = `spec.ports[${index}]`;
    const errors = portErrors(port, at, names, ports.length > 1);
    const identity = `${port.protocol ?? 'TCP'}/${port.port}`;
    if (seen.has(identity)) {
      errors.push(duplicate(at, { ...(port.protocol ? { protocol: port.protocol } : {}), port: port.port }));
    }
    seen.add(identity);
    if (port.nodePort && (spec.type === 'ClusterIP' || spec.type === 'ExternalName')) {
      errors.push(forbidden(`${at}.nodePort`, "may not be used when `type` is '" + spec.type + "'"));
    }
    return errors;
  });
}

function typeErrors(spec: ServiceSpec): FieldError[] {
  const type = spec.type ?? '';
  if (!types.includes(type)) return [notSupported('spec.type', type, types)];
  const errors: FieldError[] = [];
  if (type === 'ExternalName') {
    const name = (spec.externalName ?? '').replace(/\.$/, '');
    if (name === '') errors.push(required('spec.externalName', ''));
    else errors.push(...dns1123SubdomainErrors(name).map((text) => invalid('spec.externalName', name, text)));
    if (spec.clusterIP) errors.push(forbidden('spec.clusterIPs', "may not be set for 'ExternalName' services"));
  } else if (spec.clusterIP && spec.clusterIP !== 'None' && !/^\d{1,3}(\.\d{1,3}){3}$/.test(spec.clusterIP)) {
    errors.push(invalid('spec.clusterIPs[0]', spec.clusterIP, 'must be a valid IP address'));
  }
  if (isHeadless(spec) && (type === 'NodePort' || type === 'LoadBalancer')) {
    errors.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`));
  }
  return errors;
}

/** Validates a Service that has its defaults. Whether its addresses are free is checked in services/allocation.ts. */
export function serviceErrors(service: Service): FieldError[] {
  const spec = service.spec ?? {};
  const errors = [...typeErrors(spec), ...portsErrors(spec), ...validateLabels(spec.selector, 'spec.selector')];
  const affinities = ['ClientIP', 'None'];
  if (spec.sessionAffinity !== undefined && !affinities.includes(spec.sessionAffinity)) {
    errors.push(notSupported('spec.sessionAffinity', spec.sessionAffinity, affinities));
  }
  return errors;
}

/** Validates an update. The cluster IP cannot change while the Service has one. */
export function serviceUpdateErrors(service: Service, old: Service): FieldError[] {
  const errors = serviceErrors(service);
  const [now, before] = [service.spec, old.spec];
  const bothHaveOne = now?.type !== 'ExternalName' && before?.type !== 'ExternalName' && before?.clusterIP;
  if (bothHaveOne && now?.clusterIP !== before.clusterIP) {
    errors.push(invalid('spec.clusterIPs[0]', now?.clusterIPs ?? [], 'may not change once set'));
  }
  return errors;
}
