/**
 * Probes of containers.
 * Source: validateProbe, validateHandler in k8s.io/kubernetes/pkg/apis/core/validation, SetDefaults_Probe in
 * k8s.io/kubernetes/pkg/apis/core/v1, v1.37
 */
import { forbidden, invalid, notSupported, required, type FieldError } from '../../../meta/field-error.ts';

type Text = string | undefined;
type Whole = number | undefined;
type Port = string | number | undefined;

interface HttpGet {
  readonly path?: Text;
  readonly port?: Port;
  readonly scheme?: Text;
  readonly host?: Text;
  readonly httpHeaders?: readonly ({ readonly name?: Text } | undefined)[] | undefined;
}

/** A probe in whatever shape the schema has left it. */
interface ProbeShape {
  readonly exec?: { readonly command?: readonly Text[] | undefined } | undefined;
  readonly httpGet?: HttpGet | undefined;
  readonly tcpSocket?: { readonly port?: Port; readonly host?: Text } | undefined;
  readonly grpc?: { readonly port?: Port } | undefined;
  readonly initialDelaySeconds?: Whole;
  readonly timeoutSeconds?: Whole;
  readonly periodSeconds?: Whole;
  readonly successThreshold?: Whole;
  readonly failureThreshold?: Whole;
  readonly terminationGracePeriodSeconds?: Whole;
}

/** Which of a container's probes it is. */
type ProbeKind = 'startupProbe' | 'readinessProbe' | 'livenessProbe';

const handlers = ['exec', 'httpGet', 'tcpSocket', 'grpc'] as const;
const seconds = [
  ...(['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const),
];
const schemes = ['HTTP', 'HTTPS'];

/** @param portNames of the container: a probe may name one of them in the place of a number */
export function probeErrors(
  probe: ProbeShape,
  kind: ProbeKind,
  { path, portNames }: { readonly path: string; readonly portNames: readonly string[] },
): FieldError[] {
  const { terminationGracePeriodSeconds: grace, successThreshold = 0 } = probe;
  const negative = seconds.flatMap((field) => {
    const value = probe[field] ?? 0;
    return value >= 0 ? [] : [invalid(`${path}.${field}`, value, 'must be greater than or equal to 0')];
  });
  return [
    ...handlerErrors(probe, path, portNames),
    ...negative,
    // 0 stands for the default, which is 1.
    ...(kind === 'readinessProbe' || successThreshold <= 1
      ? []
      : [invalid(`${path}.successThreshold`, successThreshold, 'must be 1')]),
    ...graceErrors(grace, kind, `${path}.terminationGracePeriodSeconds`),
  ];
}

function graceErrors(grace: Whole, kind: ProbeKind, path: string): FieldError[] {
  if (grace === undefined) return [];
  if (grace <= 0) return [invalid(path, grace, 'must be greater than 0')];
  return kind === 'readinessProbe' ? [invalid(path, grace, 'must not be set for readinessProbes')] : [];
}

function handlerErrors(probe: ProbeShape, path: string, portNames: readonly string[]): FieldError[] {
  const [first, ...others] = handlers.filter((handler) => probe[handler] !== undefined);
  if (first === undefined) return [required(path, 'must specify a handler type')];
  const more = others.map((handler) => forbidden(`${path}.${handler}`, 'may not specify more than 1 handler type'));
  return [...errorsOf(first, probe, `${path}.${first}`, portNames), ...more];
}

function errorsOf(
  handler: (typeof handlers)[number],
  { exec, httpGet = {}, tcpSocket, grpc }: ProbeShape,
  path: string,
  portNames: readonly string[],
): FieldError[] {
  switch (handler) {
    case 'exec':
      return (exec?.command ?? []).length === 0 ? [required(`${path}.command`, '')] : [];
    case 'httpGet':
      return [...httpErrors(httpGet, path), ...portErrors(httpGet.port, `${path}.port`, portNames)];
    case 'tcpSocket':
      return [...hostErrors(tcpSocket?.host, path), ...portErrors(tcpSocket?.port, `${path}.port`, portNames)];
    case 'grpc':
      return portErrors(grpc?.port, `${path}.port`, []);
  }
}

function httpErrors({ scheme = '', host, httpHeaders = [] }: HttpGet, path: string): FieldError[] {
  const misnamed = httpHeaders.flatMap((header) => {
    const { name } = header ?? {};
    if (name === undefined || /^[-A-Za-z0-9]+$/.test(name)) return [];
    const wanted = "a valid HTTP header must consist of alphanumeric characters or '-'";
    return [invalid(`${path}.httpHeaders`, name, `${wanted} (e.g. 'X-Header-Name')`)];
  });
  return [
    ...(scheme === '' || schemes.includes(scheme) ? [] : [notSupported(`${path}.scheme`, scheme, schemes)]),
    ...hostErrors(host, path),
    ...misnamed,
  ];
}

/**
 * A node would ask any address for whoever writes the probe. Source: the Baseline Pod Security Standard,
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
function hostErrors(host: Text, path: string): FieldError[] {
  return host === undefined || host === '' ? [] : [forbidden(`${path}.host`, 'a probe asks its own member only')];
}

function portErrors(port: Port, path: string, portNames: readonly string[]): FieldError[] {
  if (port === undefined) return [];
  if (typeof port === 'string') return portNames.includes(port) ? [] : [notSupported(path, port, portNames)];
  return port >= 1 && port <= 65_535 ? [] : [invalid(path, port, 'must be between 1 and 65535, inclusive')];
}
