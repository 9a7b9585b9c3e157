/** pods/resize. */
import type { PodResizer } from '../contract.ts';
import { isReason } from '../../meta/status.ts';
import { objectPath, resources as natives } from './resources.ts';
import type { ApiTransport } from './transport.ts';

/** Not there before Kubernetes 1.33; not for all pods; a policy or a quota may be against it. A namesake has another uid. */
const refusals = ['NotFound', 'MethodNotAllowed', 'Invalid', 'Forbidden', 'BadRequest'] as const;

/** Source: https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/ */
export function createPodResizer(transport: Pick<ApiTransport, 'request'>): PodResizer {
  return {
    async resize({ metadata: { namespace = '', name, uid } }, container, resources) {
      const body = { metadata: { uid }, spec: { containers: [{ name: container, resources }] } };
      const path = `${objectPath(natives.pods, { namespace, name })}/resize`;
      const contentType = 'application/strategic-merge-patch+json';
      try {
        await transport.request({ method: 'PATCH', path, body, contentType, query: { fieldManager: 'kubedirector' } });
      } catch (error) {
        if (error instanceof Error && refusals.some((reason) => isReason(error, reason))) return error.message;
        throw error;
      }
      return undefined;
    },
  };
}
