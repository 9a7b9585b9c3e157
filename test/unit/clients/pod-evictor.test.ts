import { describe, expect, it } from 'vitest';
import { createPodEvictor } from '../../../src/clients/kubernetes/pod-evictor.ts';
import type { ApiRequest } from '../../../src/clients/kubernetes/transport.ts';
import type { Pod } from '../../../src/apis/kubernetes/types.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { StatusError } from '../../../src/meta/status.ts';

const pod: Stored<Pod> = {
  ...{ apiVersion: 'v1', kind: 'Pod' },
  metadata: { namespace: 'ns', name: 'a-0', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
};

function answering(error?: StatusError) {
  const requests: ApiRequest[] = [];
  const evictor = createPodEvictor({
    request<T>(request: ApiRequest): Promise<T> {
      requests.push(request);
      return error === undefined ? Promise.resolve({} as T) : Promise.reject(error);
    },
  });
  return { evictor, requests };
}

describe('An eviction', () => {
  it('names the pod by its uid', async () => {
    const { evictor, requests } = answering();
    expect(await evictor.evict(pod)).toBeUndefined();
    expect(requests).toMatchObject([
      {
        ...{ method: 'POST', path: '/api/v1/namespaces/ns/pods/a-0/eviction' },
        body: { apiVersion: 'policy/v1', kind: 'Eviction', deleteOptions: { preconditions: { uid: 'u' } } },
      },
    ]);
  });

  it('that a budget refuses says why', async () => {
    const causes = [{ reason: 'DisruptionBudget', message: 'The disruption budget b needs 3 healthy pods' }];
    const { evictor } = answering(new StatusError(429, 'TooManyRequests', 'Cannot evict pod.', { causes }));
    expect(await evictor.evict(pod)).toBe('Cannot evict pod. The disruption budget b needs 3 healthy pods');
  });

  it.each([
    [404, 'NotFound'],
    [409, 'Conflict'],
  ] as const)('has nothing to do where the answer is %i', async (code, reason) => {
    expect(await answering(new StatusError(code, reason, 'gone')).evictor.evict(pod)).toBeUndefined();
  });

  it('that fails otherwise throws', async () => {
    const { evictor } = answering(new StatusError(500, 'InternalError', 'more than one PodDisruptionBudget'));
    await expect(evictor.evict(pod)).rejects.toThrow('more than one');
  });
});
