/** The line that the program's own log has about each request. */
import { afterEach, expect, it } from 'vitest';
import type { Logger } from '../../src/runtime/logger.ts';
import { Api, widget, widgetsPath } from '../support/api.ts';

let api: Api;
afterEach(() => api.stop());

const secret = 'ultraviolet-4711';

it('logs each request once, with its id, and at a higher level if the server failed', async () => {
  const logged: [string, Record<string, unknown>][] = [];
  const at = (level: string) => (fields: object, message: string) => {
    if (message === 'request') logged.push([level, { ...fields }]);
  };
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  };
  api = await Api.started({
    logger,
    strategy: {
      prepareForCreate: () => {
        throw new TypeError('no');
      },
    },
  });
  const found = await api.request('get', `${widgetsPath}?labelSelector=${secret}`).expect(200);
  await api.request('post', widgetsPath).send(widget('a')).expect(500);
  expect(logged).toMatchObject([
    ['debug', { requestId: found.headers['audit-id'], verb: 'list', path: widgetsPath, code: 200, user: 'admin' }],
    ['info', { verb: 'create', code: 500 }],
  ]);
  expect(JSON.stringify(logged)).not.toContain(secret);
});
