import { gunzipSync } from 'node:zlib';
import { request as httpRequest } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rack, racks, widget } from '../unit/watchcache/fixture.ts';
import { allWidgetsPath, ListWatchServer, widgetsPath } from '../unit/watchcache/list-watch-server.ts';
import { storeKey } from '../../src/apiserver/watchcache/index.ts';

interface ListAnswer {
  kind: string;
  apiVersion: string;
  code?: number;
  reason?: string;
  message?: string;
  details?: { causes?: { reason: string; field: string; message: string }[]; retryAfterSeconds?: number };
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
  items: { metadata: { name: string; namespace: string; resourceVersion: string } }[];
  rows: { cells: unknown[] }[];
}

describe('the list verb', () => {
  let server: ListWatchServer;
  let base: string;
  beforeEach(async () => {
    server = new ListWatchServer({ history: { changes: 6, bytes: 1e9 } });
    ({ http1: base } = await server.start());
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      await server.fixture.put(widget('n', name, name === 'c' ? 'blue' : 'red', { tier: name }));
    }
    await server.fixture.put(widget('o', 'a'));
  });
  afterEach(() => server.close());

  const get = async (path: string, headers: Record<string, string> = {}): Promise<ListAnswer> => {
    const response = await fetch(base + path, { headers });
    const body = (await response.json()) as ListAnswer;
    expect(response.status).toBe(body.kind === 'Status' ? body.code : 200);
    return body;
  };
  const names = ({ items }: ListAnswer): string[] =>
    items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  const list = async (query: string): Promise<string[]> => names(await get(`${widgetsPath}?${query}`));
  const failure = async (query: string): Promise<unknown[]> => {
    const { code, reason, message } = await get(`${widgetsPath}?${query}`);
    return [code, reason, message];
  };

  it('lists one namespace, and all of them, with the resourceVersion of the list', async () => {
    const all = await get(allWidgetsPath);
    expect(all).toMatchObject({ kind: 'WidgetList', apiVersion: 'example.com/v1', metadata: { resourceVersion: '6' } });
    expect(names(all)).toEqual(['n/a', 'n/b', 'n/c', 'n/d', 'n/e', 'o/a']);
    expect(await list('')).toEqual(['n/a', 'n/b', 'n/c', 'n/d', 'n/e']);
    expect(await get('/apis/example.com/v1/namespaces/none/widgets')).toMatchObject({ kind: 'WidgetList', items: [] });
  });

  it('lists cluster-scoped objects', async () => {
    const revision = server.fixture.store.put(storeKey(racks, { namespace: '', name: 'r' }), rack('r'));
    const body = await get('/api/v1/racks');
    expect(body).toMatchObject({ kind: 'RackList', apiVersion: 'v1', metadata: { resourceVersion: String(revision) } });
    expect(body.items.map((one) => one.metadata.name)).toEqual(['r']);
  });

  it('selects by labels and fields', async () => {
    expect(await list('labelSelector=tier+in+(a,d)')).toEqual(['n/a', 'n/d']);
    expect(await list('fieldSelector=metadata.name%3Db')).toEqual(['n/b']);
    expect(await list('fieldSelector=spec.color%3Dblue')).toEqual(['n/c']);
    expect(await list('fieldSelector=metadata.namespace%3Do')).toEqual([]);
  });

  it('shows what it selects as a table and as partial metadata', async () => {
    const table = await get(`${widgetsPath}?limit=2`, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    expect(table.kind).toBe('Table');
    expect(table.rows.map((row) => row.cells)).toEqual([
      ['a', 'red'],
      ['b', 'red'],
    ]);
    expect(table.metadata).toMatchObject({ remainingItemCount: 3 });
    const accept = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
    const partial = await get(widgetsPath, { accept });
    expect(partial.kind).toBe('PartialObjectMetadataList');
    expect(partial.items).toHaveLength(5);
    expect(partial.items[0]).not.toHaveProperty('spec');
  });

  it('gives consistent pages while objects come, change and go', async () => {
    const first = await get(`${widgetsPath}?limit=2`);
    expect(names(first)).toEqual(['n/a', 'n/b']);
    expect(first.metadata).toMatchObject({ resourceVersion: '6', remainingItemCount: 3 });
    await server.fixture.put(widget('n', 'bb'));
    await server.fixture.remove('n', 'c');
    await server.fixture.put(widget('n', 'd', 'green'));
    const second = await get(`${widgetsPath}?limit=2&continue=${first.metadata.continue}`);
    expect(names(second)).toEqual(['n/c', 'n/d']);
    expect(second.items.map((one) => one.metadata.resourceVersion)).toEqual(['3', '4']);
    expect(second.metadata).toMatchObject({ resourceVersion: '6', remainingItemCount: 1 });
    const third = await get(`${widgetsPath}?limit=2&continue=${second.metadata.continue}`);
    expect(names(third)).toEqual(['n/e']);
    expect(third.metadata).toEqual({ resourceVersion: '6' });
  });

  it('pages across namespaces', async () => {
    const seen: string[] = [];
    let token = '';
    do {
      const page = await get(`${allWidgetsPath}?limit=4&continue=${token}`);
      seen.push(...names(page));
      token = page.metadata.continue ?? '';
    } while (token !== '');
    expect(seen).toEqual(['n/a', 'n/b', 'n/c', 'n/d', 'n/e', 'o/a']);
  });

  it('counts the remaining items only without selectors, and ignores limit at resourceVersion 0', async () => {
    const selected = await get(`${widgetsPath}?limit=1&fieldSelector=spec.color%3Dred`);
    expect(selected.metadata.continue).toBeTruthy();
    expect(selected.metadata).not.toHaveProperty('remainingItemCount');
    expect(await list('limit=2&resourceVersion=0')).toHaveLength(5);
    expect(await list('limit=-1')).toHaveLength(5);
    expect(await list('limit=0')).toHaveLength(5);
  });

  it('offers to continue an expired listing inconsistently', async () => {
    const first = await get(`${widgetsPath}?limit=2`);
    for (let at = 0; at < 7; at++) await server.fixture.put(widget('n', 'd', `color${at}`));
    const gone = await get(`${widgetsPath}?limit=2&continue=${first.metadata.continue}`);
    expect(gone).toMatchObject({ code: 410, reason: 'Expired' });
    expect(gone.message).toMatch(/^The provided continue parameter is too old to display a consistent list result\./);
    const rest = await get(`${widgetsPath}?limit=2&continue=${gone.metadata.continue}`);
    expect(names(rest)).toEqual(['n/c', 'n/d']);
    expect(rest.metadata.resourceVersion).toBe('13');
    expect(await list(`continue=${rest.metadata.continue}`)).toEqual(['n/e']);
  });

  it('shows exactly an earlier version, or one that is not older than asked for', async () => {
    await server.fixture.remove('n', 'a');
    expect(await list('resourceVersion=5&resourceVersionMatch=Exact')).toEqual(['n/a', 'n/b', 'n/c', 'n/d', 'n/e']);
    expect(await list('resourceVersion=3&resourceVersionMatch=Exact')).toEqual(['n/a', 'n/b', 'n/c']);
    expect(await list('resourceVersion=3&limit=2')).toEqual(['n/a', 'n/b']);
    expect(await list('resourceVersion=3')).toEqual(['n/b', 'n/c', 'n/d', 'n/e']);
    expect(await list('resourceVersion=3&resourceVersionMatch=NotOlderThan&limit=2')).toEqual(['n/b', 'n/c']);
    await server.fixture.put(widget('n', 'z'));
    await server.fixture.put(widget('n', 'z', 'blue'));
    expect(await failure('resourceVersion=2&resourceVersionMatch=Exact')).toEqual([
      410,
      'Expired',
      'The resourceVersion for the provided list is too old.',
    ]);
  });

  it('answers 504 for a version that does not come, and waits for one that comes', async () => {
    const body = await get(`${widgetsPath}?resourceVersion=99999999`);
    expect(body).toMatchObject({
      code: 504,
      reason: 'Timeout',
      message: 'Timeout: Too large resource version: 99999999, current: 6',
      details: { retryAfterSeconds: 1, causes: [{ reason: 'ResourceVersionTooLarge' }] },
    });
    const waiting = list('resourceVersion=7');
    await server.fixture.put(widget('n', 'f'));
    expect(await waiting).toContain('n/f');
  });

  it.each([
    ['limit=abc', 400, 'BadRequest', 'strconv.ParseInt: parsing "abc": invalid syntax'],
    ['limit=', 400, 'BadRequest', 'strconv.ParseInt: parsing "": invalid syntax'],
    [
      'limit=99999999999999999999',
      400,
      'BadRequest',
      'strconv.ParseInt: parsing "99999999999999999999": value out of range',
    ],
    ['timeoutSeconds=abc', 400, 'BadRequest', 'strconv.ParseInt: parsing "abc": invalid syntax'],
    [
      'resourceVersion=abc',
      400,
      'BadRequest',
      'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    ],
    ['labelSelector=a%3D%3D%3Db', 400, 'BadRequest', "unable to parse requirement: found '=', expected: identifier"],
    ['fieldSelector=spec.foo%3Da', 400, 'BadRequest', 'field label not supported: spec.foo'],
    ['fieldSelector=foo', 400, 'BadRequest', "invalid selector: 'foo'; can't understand 'foo'"],
    ['fieldSelector=constructor%3Da', 400, 'BadRequest', 'field label not supported: constructor'],
    [
      'resourceVersion=1&resourceVersionMatch=Foo',
      422,
      'Invalid',
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Unsupported value: "Foo": supported values: "Exact", "NotOlderThan", ""',
    ],
    [
      'resourceVersion=0&resourceVersionMatch=Exact',
      422,
      'Invalid',
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    ],
    [
      'resourceVersionMatch=Exact',
      422,
      'Invalid',
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    ],
    [
      'continue=abc&resourceVersionMatch=Exact',
      422,
      'Invalid',
      'ListOptions.meta.k8s.io "" is invalid: [resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided, resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided]',
    ],
    [
      'sendInitialEvents=maybe',
      422,
      'Invalid',
      'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
    ],
  ])('refuses %s as kube-apiserver does', async (query, code, reason, message) => {
    expect(await failure(query)).toEqual([code, reason, message]);
  });

  it('refuses continue tokens that it did not make', async () => {
    const token = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const v = 'meta.k8s.io/v1';
    for (const absurd of [
      'abc',
      '%25',
      '....',
      'a'.repeat(5_000),
      token(null),
      token('text'),
      token([]),
      token({}),
      token({ v: 'x', rv: 1, start: 'a' }),
      token({ v, rv: 0, start: 'a' }),
      token({ v, rv: 'x', start: 'a' }),
      token({ v, rv: 1.5, start: 'a' }),
      token({ v, rv: 1e300, start: 'a' }),
      token({ v, rv: 1, start: '' }),
      token({ v, rv: 1, start: 7 }),
      token({ v, rv: 1, start: '../o/a' }),
      token({ v, rv: 1, start: 'a//b' }),
    ]) {
      const [code, reason, message] = await failure(`continue=${absurd}`);
      expect([absurd, code, reason]).toEqual([absurd, 400, 'BadRequest']);
      expect(message).toMatch(/^invalid continue token: continue key is not valid/);
    }
    const good = (await get(`${widgetsPath}?limit=1`)).metadata.continue;
    expect(await failure(`continue=${good}&resourceVersion=5`)).toEqual([
      400,
      'BadRequest',
      'specifying resource version is not allowed when using continue',
    ]);
  });

  it('compresses a large list for clients that accept it; the content is the same', async () => {
    for (let at = 0; at < 300; at++) {
      await server.fixture.put({ ...widget('n', `w${at}`), spec: { color: 'red', text: 'x'.repeat(1_000) } });
    }
    const raw = (headers: Record<string, string>): Promise<{ encoding: string | undefined; body: Buffer }> =>
      new Promise((resolve, reject) => {
        httpRequest(base + widgetsPath, { headers }, (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('end', () => {
            resolve({ encoding: response.headers['content-encoding'], body: Buffer.concat(parts) });
          });
        })
          .on('error', reject)
          .end();
      });
    const plain = await raw({});
    const packed = await raw({ 'accept-encoding': 'gzip' });
    expect(plain.encoding).toBeUndefined();
    expect(packed.encoding).toBe('gzip');
    expect(gunzipSync(packed.body).equals(plain.body)).toBe(true);
    expect((JSON.parse(plain.body.toString()) as ListAnswer).items).toHaveLength(305);
  });
});
