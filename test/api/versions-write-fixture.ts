/** Writes of gadgets, which have two versions. */
import { afterEach, expect } from 'vitest';
import { bodyOf, type Api, type ApiOptions } from '../support/api.ts';
import { startedGadgets, type GadgetOptions } from '../support/gadgets.ts';

export interface Answer {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation: number;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly ManagedFields[];
  };
  readonly spec?: unknown;
  readonly status?: unknown;
  readonly items: readonly Answer[];
  readonly message: string;
  readonly details: { readonly causes: readonly { readonly field: string; readonly message: string }[] };
}
interface ManagedFields {
  readonly manager: string;
  readonly operation: string;
  readonly apiVersion: string;
  readonly fieldsV1: unknown;
  readonly subresource?: string;
}

export let api: Api;
export const start = async (options?: ApiOptions, gadgets?: GadgetOptions): Promise<void> => {
  api = await startedGadgets(options, gadgets);
};

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
export const types = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
};
export async function send(
  method: Method,
  path: string,
  body: object | undefined,
  code = 200,
  type?: string,
): Promise<Answer> {
  const request = api.request(method, path);
  if (type !== undefined) void request.set('content-type', type);
  const answer = await (body === undefined ? request : request.send(JSON.stringify(body)));
  expect([path, answer.status, answer.status === code ? '' : answer.text]).toEqual([path, code, '']);
  return bodyOf(answer) as Answer;
}
export const json = 'application/json';
export const get = (path: string): Promise<Answer> => send('get', path, undefined);
export const post = (path: string, body: object, code = 201): Promise<Answer> => send('post', path, body, code, json);
export const merge = (path: string, body: object, code = 200): Promise<Answer> =>
  send('patch', path, body, code, types.merge);
export const apply = (path: string, manager: string, body: object, code = 200): Promise<Answer> =>
  send('patch', `${path}?fieldManager=${manager}`, body, code, types.apply);

/** Stops the server of each test of the file that calls this. */
export function eachStopped(): void {
  afterEach(() => api.stop());
}
