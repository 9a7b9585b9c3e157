import { describe, expect, it } from 'vitest';
import { defaultCost, listCost } from '../../../src/apiserver/flowcontrol/cost.ts';
import { collectionCost } from '../../../src/apiserver/registry/list-cost.ts';
import { parseRequestInfo } from '../../../src/apiserver/http/request-info.ts';

describe('the cost of a list', () => {
  const all = { objects: 1000, bytes: 2_000_000, limit: 0, isSelective: false };

  it('is one get for each 100 kB, and never less than one', () => {
    expect(listCost(all)).toBe(20);
    expect(listCost({ ...all, objects: 10, bytes: 20_000 })).toBe(1);
    expect(listCost({ ...all, objects: 0, bytes: 0 })).toBe(1);
  });

  it('is that of a page where there is a limit', () => {
    expect(listCost({ ...all, limit: 500 })).toBe(10);
    expect(listCost({ ...all, limit: 5000 })).toBe(20);
  });

  it('counts what a selector looks at, not only what it finds', () => {
    expect(listCost({ ...all, limit: 100, isSelective: true })).toBe(10);
    expect(listCost({ ...all, isSelective: true })).toBe(20);
  });
});

describe('the cost of a request for a collection', () => {
  const base = '/apis/demo.example/v1';
  const cache = {
    extent: (namespace: string) => (namespace === '' ? { objects: 300, bytes: 6e6 } : { objects: 100, bytes: 2e6 }),
  };
  const costOf = (path: string, method = 'GET'): number =>
    collectionCost(cache, parseRequestInfo(method, `${base}${path}`));

  it.each([
    ['/widgets', 60],
    ['/namespaces/n/widgets', 20],
    ['/namespaces/n/widgets?limit=50', 10],
    ['/namespaces/n/widgets?limit=many', 20],
    ['/namespaces/n/widgets?limit=10&labelSelector=a%3Db', 10],
    ['/namespaces/n/widgets?limit=10&labelSelector=&fieldSelector=spec.color%3Dred', 10],
    ['/namespaces/n/widgets?fieldSelector=metadata.name%3Dw', 1],
    ['/namespaces/n/widgets?watch=1&resourceVersion=7', 1],
    ['/namespaces/n/widgets?watch=1&resourceVersion=7&sendInitialEvents=true', 20],
    ['/namespaces/n/widgets?watch=1&resourceVersion=0', 20],
    ['/namespaces/n/widgets?watch=1', 20],
  ])('GET %s is %d gets', (path, cost) => expect(costOf(path)).toBe(cost));

  it('counts each object of a deletecollection as a write', () => {
    expect(costOf('/namespaces/n/widgets', 'DELETE')).toBe(20 + 100 * defaultCost('mutating'));
  });
});
