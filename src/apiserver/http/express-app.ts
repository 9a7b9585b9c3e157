/** The server as an express application: for tests without TLS, and for mounting elsewhere. */
import express, { type Express } from 'express';
import type { Request, Response } from '../exchange.ts';

/** An application that passes every request to `handle`. */
export function createExpressApp(handle: (request: Request, response: Response) => Promise<void>): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((request, response) => handle(request, response));
  return app;
}
