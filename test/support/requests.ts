/**
 * Requests to an API server by supertest. They share one port and its connections: by itself supertest opens both for
 * every request, which takes longer than most answers.
 */
import { Agent, createServer, type RequestListener, type Server } from 'node:http';
import supertest from 'supertest';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete' | 'head' | 'options';

export class Requests {
  readonly #answer: RequestListener;
  readonly #agent = new Agent({ keepAlive: true });
  #server: Server | undefined;

  constructor(answer: RequestListener) {
    this.#answer = answer;
  }

  send(method: Method, path: string): supertest.Test {
    this.#server ??= createServer(this.#answer).listen(0);
    return supertest(this.#server)[method](path).agent(this.#agent);
  }

  close(): void {
    this.#agent.destroy();
    this.#server?.close();
    this.#server?.closeAllConnections();
  }
}
