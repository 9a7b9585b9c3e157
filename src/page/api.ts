/** Requests to the Kubernetes API of this page's origin. */

import { ApiError, type LiveApi } from '../live/api.ts';

/** How a request is sent, beside its path. */
export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PATCH';
  /** Sent as JSON; a merge patch with PATCH. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** The API, asked as one user. */
export interface Api extends LiveApi {
  /** The decoded answer. @throws ApiError */
  json<T>(path: string, request?: ApiRequest): Promise<T>;
  /** The lines of an answer as they come. @throws ApiError; AbortError where the signal aborts */
  lines(path: string, signal: AbortSignal): AsyncGenerator<string>;
}

/** @param token of the user; absent: the server in front of the API adds what it needs */
export function createApi(token: string | undefined): Api {
  const send = async (path: string, { method = 'GET', body, signal }: ApiRequest): Promise<Response> => {
    const headers = new Headers({ Accept: 'application/json' });
    if (token !== undefined) headers.set('Authorization', `Bearer ${token}`);
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    if (body !== undefined) headers.set('Content-Type', type);
    const given = { method, headers, ...(signal === undefined ? {} : { signal }) };
    const init: RequestInit = body === undefined ? given : { ...given, body: JSON.stringify(body) };
    const response = await fetch(path, { ...init, credentials: 'same-origin', redirect: 'error' });
    if (!response.ok) throw await refusal(response);
    return response;
  };
  const answered = async (path: string, request: ApiRequest): Promise<Response> => {
    try {
      return await send(path, request);
    } catch (error) {
      if (error instanceof ApiError || request.signal?.aborted === true) throw error;
      throw new ApiError(0, 'The server does not answer.');
    }
  };
  return {
    json: async <T>(path: string, request: ApiRequest = {}) => (await (await answered(path, request)).json()) as T,
    async *lines(path, signal) {
      const response = await answered(path, { signal });
      if (response.body !== null) yield* splitLines(response.body);
    },
  };
}

async function refusal(response: Response): Promise<ApiError> {
  const text = await response.text();
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string' && message !== '') return new ApiError(response.status, message);
  } catch {
    // Not a Status: something in front of the API has answered.
  }
  return new ApiError(response.status, `The server answered ${response.status} ${response.statusText}`.trim());
}

/** Lines without their ends; the last one also where it has no end. */
async function* splitLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parts: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = decoder.decode(value, { stream: true }).split('\n');
      for (const [index, line] of lines.entries()) {
        parts.push(line);
        if (index === lines.length - 1) break;
        yield parts.splice(0).join('');
      }
    }
    const rest = parts.join('');
    if (rest !== '') yield rest;
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}
