import { describe, expect, it } from 'vitest';
import { createPodResizer } from '../../../src/clients/kubernetes/pod-resizer.ts';
import type { ApiRequest } from '../../../src/clients/kubernetes/transport.ts';
import { StatusError } from '../../../src/meta/status.ts';
import { pod } from '../controller/facts.ts';

const amounts = { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '1', memory: '1Gi' } };

function answering(error?: StatusError) {
  const requests: ApiRequest[] = [];
  const resizer = createPodResizer({
    request<T>(request: ApiRequest): Promise<T> {
      requests.push(request);
      return error === undefined ? Promise.resolve({} as T) : Promise.reject(error);
    },
  });
  return { resize: () => resizer.resize(pod('a-0', undefined), 'app', amounts), requests };
}

describe('A resize', () => {
  it('changes one container of the pod with that uid', async () => {
    const { resize, requests } = answering();
    expect(await resize()).toBeUndefined();
    expect(requests).toMatchObject([
      {
        ...{ method: 'PATCH', path: '/api/v1/namespaces/default/pods/a-0/resize' },
        contentType: 'application/strategic-merge-patch+json',
        body: { metadata: { uid: 'uid' }, spec: { containers: [{ name: 'app', resources: amounts }] } },
      },
    ]);
  });

  it.each([
    [404, 'NotFound'],
    [422, 'Invalid'],
    [403, 'Forbidden'],
  ] as const)('is impossible where the answer is %i, and says why', async (code, reason) => {
    expect(await answering(new StatusError(code, reason, 'not here')).resize()).toBe('not here');
  });

  it('is tried again where nobody answers', async () => {
    await expect(answering(new StatusError(503, 'ServiceUnavailable', 'away')).resize()).rejects.toThrow('away');
  });
});
