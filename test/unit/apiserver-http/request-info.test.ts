import { describe, expect, it } from 'vitest';
import type { RequestInfo } from '../../../src/apiserver/exchange.ts';
import { missesWatchedName, parseRequestInfo } from '../../../src/apiserver/http/request-info.ts';

const shown = (method: string, url: string): string => {
  const { verb, group, version, namespace, resource, subresource, name } = parseRequestInfo(method, url);
  return [verb, group, version, namespace, resource, subresource, name].join('|');
};

describe('what a request is about', () => {
  it.each([
    ['GET', '/api/v1/pods', 'list||v1||pods||'],
    ['GET', '/api/v1/namespaces/ns/pods/p', 'get||v1|ns|pods||p'],
    ['HEAD', '/api/v1/namespaces/ns/pods/p', 'get||v1|ns|pods||p'],
    ['GET', '/api/v1/namespaces/ns/pods/p/log', 'get||v1|ns|pods|log|p'],
    ['GET', '/api/v1/namespaces', 'list||v1||namespaces||'],
    ['GET', '/api/v1/namespaces/ns', 'get||v1|ns|namespaces||ns'],
    ['PUT', '/api/v1/namespaces/ns/status', 'update||v1|ns|namespaces|status|ns'],
    ['PUT', '/api/v1/namespaces/ns/finalize', 'update||v1|ns|namespaces|finalize|ns'],
    ['POST', '/apis/g.io/v2/namespaces/ns/things', 'create|g.io|v2|ns|things||'],
    ['PUT', '/apis/g.io/v2/namespaces/ns/things/t/status', 'update|g.io|v2|ns|things|status|t'],
    ['PATCH', '/apis/g.io/v2/things/t', 'patch|g.io|v2||things||t'],
    ['DELETE', '/apis/g.io/v2/namespaces/ns/things', 'deletecollection|g.io|v2|ns|things||'],
    ['DELETE', '/apis/g.io/v2/namespaces/ns/things/t/', 'delete|g.io|v2|ns|things||t'],
    ['BREW', '/apis/g.io/v2/things/t', '|g.io|v2||things||t'],
    ['GET', '/apis/g.io/v2/things?watch', 'watch|g.io|v2||things||'],
    ['GET', '/apis/g.io/v2/things?watch=abc', 'watch|g.io|v2||things||'],
    ['GET', '/apis/g.io/v2/things?watch=0', 'list|g.io|v2||things||'],
    ['GET', '/apis/g.io/v2/things?watch=False', 'list|g.io|v2||things||'],
    ['GET', '/apis/g.io/v2/things/t?watch=1', 'get|g.io|v2||things||t'],
    ['GET', '/apis/g.io/v2/things?fieldSelector=metadata.name%3Dx', 'list|g.io|v2||things||x'],
    ['GET', '/apis/g.io/v2/things?fieldSelector=metadata.name%21%3Dx', 'list|g.io|v2||things||'],
    ['GET', '/apis/g.io/v2/things?fieldSelector=metadata.name', 'list|g.io|v2||things||'],
    ['GET', '/apis/g.io/v2/watch/things', 'watch|g.io|v2||things||'],
    ['GET', '/apis/g.io/v2/watch/namespaces/ns/things', 'watch|g.io|v2|ns|things||'],
    ['GET', '/apis/g.io/v2/watch/namespaces/ns/things/t', 'watch|g.io|v2|ns|things||t'],
    ['GET', '/api/v1/watch/pods', 'watch||v1||pods||'],
    ['GET', '/api/v1/watch/namespaces', 'watch||v1||namespaces||'],
    ['GET', '/api/v1/watch/namespaces/ns', 'watch||v1|ns|namespaces||ns'],
    ['DELETE', '/api/v1/watch/pods', 'watch||v1||pods||'],
    ['GET', '/api/v1/watch', 'list||v1||watch||'],
    ['GET', 'https://h:1/apis/g.io/v2/things/t', 'get|g.io|v2||things||t'],
    ['GET', '/apis/g.io/v2/namespaces/a%2Fb/things/t%20u', 'get|g.io|v2|a/b|things||t u'],
  ])('%s %s', (method, url, expected) => {
    expect(shown(method, url)).toBe(expected);
  });

  it.each(['/', '/api', '/api/v1', '/apis', '/apis/g.io', '/apis/g.io/v2', '/healthz', '/apisx/a/b/c', '*'])(
    '%s names no resource',
    (url) => {
      const info = parseRequestInfo('GET', url);
      expect(info.isResourceRequest).toBe(false);
      expect(info.verb).toBe('get');
    },
  );

  it('keeps the query', () => {
    const { query } = parseRequestInfo('GET', '/apis/g.io/v2/things?labelSelector=a%3Db&limit=5&limit=6');
    expect([query.get('labelSelector'), query.getAll('limit')]).toEqual(['a=b', ['5', '6']]);
  });

  it('refuses escapes that are none', () => {
    expect(() => parseRequestInfo('GET', '/apis/g.io/v2/things/%e0%a4%a')).toThrow('invalid URL escape');
  });
});

it('a watch path that names an object selects it, unless it has a field selector of its own', () => {
  const parse = (query: string): RequestInfo =>
    parseRequestInfo('GET', `/apis/g.io/v2/watch/namespaces/ns/things/t${query}`);
  expect(parse('').query.get('fieldSelector')).toBe('metadata.name=t');
  expect(parse('?fieldSelector=status.state%3DUp').query.get('fieldSelector')).toBe('status.state=Up');
  const misses = ['', '?fieldSelector=metadata.name%3Dt', '?fieldSelector=metadata.name%3Dt,status.state%3DUp'];
  expect(misses.map((query) => missesWatchedName(parse(query)))).toEqual([false, false, false]);
  const others = ['?fieldSelector=status.state%3DUp', '?fieldSelector=metadata.name%3Du', '?fieldSelector=%21'];
  expect(others.map((query) => missesWatchedName(parse(query)))).toEqual([true, true, false]);
});
