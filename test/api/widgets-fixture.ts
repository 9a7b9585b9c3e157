/** Requests about widgets. */
import { afterEach, beforeEach } from 'vitest';
import { Api, widgetsPath, type Widget } from '../support/api.ts';

export let api: Api;

export const post = (body: object, query = '') => api.request('post', widgetsPath + query).send(body);
export const get = (name: string) => api.request('get', `${widgetsPath}/${name}`);
export const made = async (body: object): Promise<Widget> => (await post(body).expect(201)).body as Widget;

/** Gives each test of the file that calls this an API of its own. */
export function eachWithWidgets(): void {
  beforeEach(async () => {
    api = await Api.started();
  });
  afterEach(() => api.stop());
}
