import { describe, expect, it } from 'vitest';
import type { KubeDirectorCluster } from '../../../src/apis/kubedirector/types.ts';
import { createActions } from '../../../src/page/actions.ts';
import { ApiError } from '../../../src/live/api.ts';
import type { Api } from '../../../src/page/api.ts';

const cluster: KubeDirectorCluster = {
  ...{ apiVersion: 'kubedirector.hpe.com/v1beta1', kind: 'KubeDirectorCluster' },
  metadata: { name: 'c', namespace: 'n' },
  spec: { app: 'a', roles: [] },
};

/** Answers when the test says so. */
function setUp() {
  const [asked, said]: [string[], string[]] = [[], []];
  const answers: { resolve: (value: unknown) => void; reject: (error: Error) => void }[] = [];
  const api: Api = {
    json: <T>(path: string) => {
      asked.push(path);
      return new Promise<T>((resolve, reject) => {
        answers.push({ resolve: (value) => resolve(value as T), reject });
      });
    },
    async *lines() {
      // not used
    },
  };
  const actions = createActions(
    api,
    () => undefined,
    (text) => said.push(text),
  );
  return { actions, asked, said, answers };
}

describe('an action', () => {
  it('is sent once, however often it is confirmed', async () => {
    const { actions, asked, said, answers } = setUp();
    actions.call(cluster, 'restart');
    expect(actions.proposal).toMatchObject({ title: 'Restart n/c', running: false });
    const first = actions.confirm();
    expect(actions.proposal?.running).toBe(true);
    await actions.confirm();
    expect(asked).toHaveLength(1);
    answers[0]?.resolve({});
    await first;
    expect([actions.proposal, said]).toEqual([undefined, ['Restart asked for.']]);
  });

  it('leaves alone what was proposed while it was under way, and still says how it ended', async () => {
    const { actions, said, answers } = setUp();
    for (const end of ['resolve', 'reject'] as const) {
      actions.call(cluster, 'restart');
      const confirmed = actions.confirm();
      actions.cancel();
      actions.call(cluster, 'suspend');
      const later = actions.proposal;
      answers.at(-1)?.[end](new ApiError(409, 'it is being deleted'));
      await confirmed;
      expect(actions.proposal).toBe(later);
    }
    expect(said).toEqual(['Restart asked for.', 'Restart n/c: it is being deleted']);
  });

  it('can be tried again where it failed', async () => {
    const { actions, answers } = setUp();
    actions.call(cluster, 'suspend');
    const confirmed = actions.confirm();
    answers[0]?.reject(new ApiError(0, 'The server does not answer.'));
    await confirmed;
    expect(actions.proposal).toMatchObject({ running: false, problem: 'The server does not answer.' });
  });
});
