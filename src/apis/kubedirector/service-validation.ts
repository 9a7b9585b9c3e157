/** Whether Kubernetes takes the ports that follow from an app's services. */
import { invalid, type FieldError } from '../../meta/field-error.ts';
import type { AppService, AppSpec } from './types.ts';
import { present, type WellShaped } from './well-shaped.ts';

type Listening = { readonly index: number; readonly id: string; readonly port: number | undefined };

/**
 * Only what can never run: a role's services that listen become ports of its members' container, named by the
 * service's id, and of the members' Services, where no two may have the same number. A service that no role has, or
 * that listens nowhere, becomes none.
 */
export function validateServicePorts(spec: WellShaped<AppSpec>): FieldError[] {
  const listening = present<WellShaped<AppService>>(spec.services).flatMap(({ index, item }): Listening[] =>
    item.id === undefined || item.endpoint === undefined ? [] : [{ index, id: item.id, port: item.endpoint.port }],
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

function clashes(
  ids: readonly (string | undefined)[] | undefined,
  listening: readonly Listening[],
  path: string,
): FieldError[] {
  const taken = new Map<number, string>();
  return present(ids).flatMap(({ index, item: id }) => {
    const port = listening.find((service) => service.id === id)?.port;
    if (port === undefined) return [];
    const other = taken.get(port);
    taken.set(port, other ?? id);
    if (other === undefined) return [];
    const why = other === id ? 'the role has it already' : `it has port ${port}, as service "${other}" of the role has`;
    return [invalid(`${path}[${index}]`, id, why)];
  });
}
