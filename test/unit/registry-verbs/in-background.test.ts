import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallContext } from '../../../src/apiserver/resource.ts';
import { inBackground } from '../../../src/apiserver/registry/index.ts';
import { createTurns } from '../../../src/runtime/turns.ts';
import { admin, Api, widget } from '../../support/api.ts';

const context: CallContext = {
  user: admin,
  requestId: 'test',
  signal: new AbortController().signal,
  warn: () => undefined,
};

describe('writes in the background', () => {
  let api: Api;
  beforeEach(async () => {
    api = await Api.started({});
  });
  afterEach(() => api.stop());

  it('wait for a turn where this one has been worked in for long enough, and do what they would have done', async () => {
    const releases: (() => void)[] = [];
    let isDue = false;
    const turns = {
      due: () => isDue,
      next: () => new Promise<void>((resolve) => releases.push(resolve)),
    };
    const registry = inBackground(api.server.registry('demo.example', 'widgets'), turns);
    const keys = (): string[] => registry.cache.list({}).objects.map(({ key }) => key);
    const target = { namespace: 'default', name: 'a' };
    await registry.create(context, 'default', widget('a'));
    isDue = true;
    const writes = [
      registry.create(context, 'default', widget('b')),
      registry.update(context, target, (object) => ({ ...widget('a'), ...object })),
      registry.delete(context, { namespace: 'default', name: 'a' }),
    ];
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(keys()).toEqual(['default/a']);
    expect(releases).toHaveLength(3);
    for (const release of releases) release();
    await Promise.all(writes);
    expect(keys()).toEqual(['default/b']);
  });

  it('fail as they would have failed', async () => {
    const registry = inBackground(api.server.registry('demo.example', 'widgets'), createTurns());
    await registry.create(context, 'default', widget('a'));
    await expect(registry.create(context, 'default', widget('a'))).rejects.toMatchObject({ reason: 'AlreadyExists' });
  });
});
