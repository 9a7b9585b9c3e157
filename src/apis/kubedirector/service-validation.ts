/** Whether Kubernetes takes the ports that follow from an app's services. */
import { invalid, type FieldError } from '../../meta/field-error.ts';
import type { AppService, AppSpec } from './types.ts';
import { present, type WellShaped } from './well-shaped.ts';

interface Listening {
  readonly index: number;
  readonly id: string;
  readonly port: number | undefined;
  /** Of the port of members' Services. */
  readonly name: string;
}

/**
 * Only what can never run: a role's services that listen become ports of its members' container, named by the
 * service's id, and of the members' Services, where no two may have the same number or name. A service that no role has, or
 * that listens nowhere, becomes none.
 */
export function validateServicePorts(spec: WellShaped<AppSpec>): FieldError[] {
  const listening = present<WellShaped<AppService>>(spec.services).flatMap(({ index, item }): Listening[] =>
    item.id === undefined || item.endpoint === undefined
      ? []
      : [{ index, id: item.id, port: item.endpoint.port, name: servicePortName(item.id, item.endpoint.urlScheme) }],
  );
  const used = new Set(present(spec.config?.roleServices).flatMap(({ item }) => item.serviceIDs ?? []));
  const misnamed = listening
    .filter(({ id }) => used.has(id))
    .flatMap(({ index, id }) => portNameErrors(id).map((why) => invalid(`spec.services[${index}].id`, id, why)));
  const clashing = present(spec.config?.roleServices).flatMap(({ index, item }) =>
    clashes(item.serviceIDs, listening, `spec.config.roleServices[${index}].serviceIDs`),
  );
  return [...misnamed, ...clashing];
}

/**
 * The rules for names of ports that the schema of ids does not check.
 * Source: k8s.io/apimachinery/pkg/util/validation IsValidPortName.
 */
function portNameErrors(id: string): string[] {
  const because = 'as it listens, its id becomes the name of a port, which';
  return [
    ...(/[a-z]/.test(id) ? [] : [`${because} must contain at least one letter`]),
    ...(id.includes('--') ? [`${because} must not contain consecutive hyphens`] : []),
  ];
}

/** The name of a service's port in the Services of members. Scheme and ID may hold dashes, so that two may have one name. */
export const servicePortName = (id: string, urlScheme = 'generic'): string => `${urlScheme}-${id}`;

function clashes(
  ids: readonly (string | undefined)[] | undefined,
  listening: readonly Listening[],
  path: string,
): FieldError[] {
  const before: Listening[] = [];
  return present(ids).flatMap(({ index, item: id }) => {
    const service = listening.find((one) => one.id === id);
    if (service?.port === undefined) return [];
    const why = clash(service, before);
    before.push(service);
    return why === undefined ? [] : [invalid(`${path}[${index}]`, id, why)];
  });
}

function clash({ id, port, name }: Listening, before: readonly Listening[]): string | undefined {
  if (before.some((one) => one.id === id)) return 'the role has it already';
  const samePort = before.find((one) => one.port === port);
  if (samePort !== undefined) return `it has port ${port ?? ''}, as service "${samePort.id}" of the role has`;
  const sameName = before.find((one) => one.name === name);
  return sameName && `the name of its port is "${name}", as that of service "${sameName.id}" of the role`;
}
