/** Nothing is created in a namespace that is missing or terminating. Source: Kubernetes' NamespaceLifecycle. */
import type { KubeObject } from '../../meta/object.ts';
import { forbiddenRequest, notFound, StatusError } from '../../meta/status.ts';
import { groupResource, type RegistryDependencies } from './dependencies.ts';

const namespaces = { group: '', resource: 'namespaces' };

/** Requires an active namespace. @throws StatusError 404 for a missing namespace, 403 for a terminating one */
export async function checkNamespace<T extends KubeObject>(
  dependencies: RegistryDependencies<T>,
  namespace: string,
  name: string,
): Promise<void> {
  const { definition, namespaces: lookup } = dependencies;
  if (!definition.namespaced || lookup === undefined) return;
  const asked = lookup.phase(namespace);
  const phase = asked instanceof Promise ? await asked : asked;
  if (phase === undefined) throw notFound(namespaces, namespace);
  if (phase === 'Active') return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const { status, message } = forbiddenRequest(groupResource(definition), name, why);
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  throw new StatusError(403, 'Forbidden', message, { ...status.details, causes: [cause] });
}
