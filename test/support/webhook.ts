/** An admission webhook on this machine's loopback, that answers as the test says. */
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority } from './certificates.ts';

/** The part of an AdmissionRequest that tests look at. */
export interface ReviewRequest {
  readonly uid: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly subResource?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly userInfo: { readonly username: string; readonly groups?: readonly string[] };
  readonly object: ReviewedObject | null;
  readonly oldObject: ReviewedObject | null;
  readonly dryRun: boolean;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface ReviewedObject {
  readonly kind: string;
  readonly metadata: {
    readonly name?: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** Fields of the `response` beside uid; `patch` as operations. */
export interface ReviewAnswer {
  readonly allowed?: boolean;
  readonly status?: object;
  readonly patch?: readonly object[];
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
  /** What is answered instead of a review. */
  readonly raw?: { readonly code: number; readonly body: string; readonly location?: string };
}

export interface Asked {
  readonly path: string;
  readonly timeout: string | null;
  readonly apiVersion: string;
  readonly request: ReviewRequest;
}

export class LocalWebhook {
  readonly asked: Asked[] = [];
  /** By the path that was called. Without one, everything is allowed. */
  readonly answers = new Map<string, (request: ReviewRequest) => ReviewAnswer | Promise<ReviewAnswer>>();
  /** Of the CA, base64 of PEM. */
  readonly caBundle: string;
  readonly #server: Server;

  private constructor(server: Server, ca: string) {
    this.#server = server;
    this.caBundle = Buffer.from(ca).toString('base64');
  }

  /** @param names of Services that it stands behind: NAME.NAMESPACE.svc */
  static async start(...names: readonly string[]): Promise<LocalWebhook> {
    const authority = await createAuthority(`CN=webhook-ca-${randomUUID()}`);
    const server = createServer(await authority.issue('CN=webhook', { usage: 'serverAuth', names }));
    const webhook = new LocalWebhook(server, authority.cert);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        void webhook.#answer(request.url ?? '', Buffer.concat(chunks).toString()).then(({ code, body, location }) => {
          const headers = { 'content-type': 'application/json', ...(location === undefined ? {} : { location }) };
          response.writeHead(code, headers).end(body);
        });
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return webhook;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** As a configuration names it. */
  clientConfig(path: string): { url: string; caBundle: string } {
    return { url: `https://127.0.0.1:${this.port}${path}`, caBundle: this.caBundle };
  }

  /** Of the requests so far that came by this path. */
  requests(path: string): ReviewRequest[] {
    return this.asked.filter((one) => one.path === path).map(({ request }) => request);
  }

  reset(): void {
    this.asked.length = 0;
    this.answers.clear();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(url: string, text: string): Promise<{ code: number; body: string; location?: string }> {
    const { pathname: path, searchParams } = new URL(url, 'https://webhook');
    const { apiVersion, request } = JSON.parse(text) as { apiVersion: string; request: ReviewRequest };
    this.asked.push({ path, timeout: searchParams.get('timeout'), apiVersion, request });
    const { raw, patch, allowed = true, ...rest } = (await this.answers.get(path)?.(request)) ?? {};
    if (raw !== undefined) return raw;
    const patched =
      patch === undefined
        ? {}
        : { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
    const response = { uid: request.uid, allowed, ...rest, ...patched };
    return { code: 200, body: JSON.stringify({ apiVersion, kind: 'AdmissionReview', response }) };
  }
}
