/** What a followed list asks of the Kubernetes API, in a browser or on the command line. */

/** What the API says about a request that it refuses. Source: metav1.Status */
export class ApiError extends Error {
  /** The HTTP status; 0 if there was no answer. */
  readonly code: number;

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ApiError';
    this.code = code;
  }
}

/** Reads, as one user. */
export interface LiveApi {
  /** The decoded answer. @throws ApiError */
  json<T>(path: string, request: { readonly signal: AbortSignal }): Promise<T>;
  /** The lines of an answer as they come. @throws ApiError; AbortError where the signal aborts */
  lines(path: string, signal: AbortSignal): AsyncIterable<string>;
}
