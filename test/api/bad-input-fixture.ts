/** Requests with bodies of any kind, about widgets. */
import { widgetsPath } from '../support/api.ts';
import { api } from './widgets-fixture.ts';

export const post = (body: string, query = '', type = 'application/json') =>
  api
    .request('post', widgetsPath + query)
    .set('content-type', type)
    .send(body);
export const messageOf = ({ body }: { body: unknown }): string => (body as { message: string }).message;
