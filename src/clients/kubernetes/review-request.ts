/** Questions that kube-apiserver answers by an object that is made and not kept. */
import { serviceUnavailable } from '../../meta/status.ts';
import type { ApiTransport } from './transport.ts';

type AskReview = <T>(spec: object, signal?: AbortSignal) => Promise<T>;

const timeoutMs = 10_000;

/**
 * Asks with a spec, and gives the status.
 * @throws StatusError 503 whatever hindered the answer, a refusal of this server's own rights too: that one must not
 *         look like a refusal of the user's
 */
export function createReview(transport: ApiTransport, group: string, kind: string): AskReview {
  const apiVersion = `${group}/v1`;
  const path = `/apis/${apiVersion}/${kind.toLowerCase()}s`;
  return async <T>(spec: object, signal?: AbortSignal): Promise<T> => {
    let answer: { status?: T };
    try {
      answer = await transport.request<{ status?: T }>({
        method: 'POST',
        path,
        body: { apiVersion, kind, spec },
        contentType: 'application/json',
        timeoutMs,
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      throw serviceUnavailable(`no answer to a ${kind}`, { cause: error });
    }
    if (answer.status === undefined) throw serviceUnavailable(`a ${kind} was answered without a status`);
    return answer.status;
  };
}
