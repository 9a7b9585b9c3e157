/** kubedirectorclusters/log, with the step's own script run by bash in a folder in the place of each container. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encryptSecretKey } from '../../../src/apis/kubedirector/secret-keys.ts';
import type { KubeDirectorCluster } from '../../../src/apis/kubedirector/types.ts';
import type { CallContext, TextSubresource } from '../../../src/apiserver/resource.ts';
import type { PodExec } from '../../../src/clients/contract.ts';
import { formatLogAnswer, formatLogCommand, logFiles, parseLogAnswer, type LogFile } from '../../../src/guest/log.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { clusterLog } from '../../../src/registry/kubedirector/cluster-log.ts';

const masterEncryptionKey = '00112233445566778899aabbccddeeff';
const target = { namespace: 'default', name: 'spark' };
let root = '';

const folder = (member: string): string => join(root, member, 'opt/guestconfig');
const print = (member: string, file: LogFile, text: string): void => {
  mkdirSync(folder(member), { recursive: true });
  appendFileSync(join(folder(member), file), text);
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kd-log-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Runs the commands of a member in its folder. */
const bash: PodExec = {
  exec({ name }, command) {
    const [program = '', ...args] = command.map((word) => word.replace("root=''", `root='${join(root, name)}'`));
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    return Promise.resolve({ exitCode: status ?? 1, stdout, stderr });
  },
};

/** A cluster whose members run, but those in `down`. */
class Lab {
  readonly down = new Set<string>();
  readonly restarts = new Map<string, number>();
  members = ['spark-0', 'spark-1'];
  isGone = false;
  readonly stop = new AbortController();
  readonly #secret = encryptSecretKey('hunter22', masterEncryptionKey, (size) => new Uint8Array(size).fill(7), {
    ...{ namespace: 'default', cluster: 'spark', role: 'worker', key: 'password' },
  });

  get cluster(): Stored<KubeDirectorCluster> {
    return {
      metadata: { ...target, uid: 'cluster-uid' },
      spec: {
        app: 'spark',
        roles: [{ id: 'worker', secretKeys: [{ name: 'password', encryptedValue: this.#secret }] }],
      },
      status: {
        roles: [
          {
            id: 'worker',
            statefulSet: 'set',
            members: this.members.map((pod) => ({
              pod,
              authToken: `token-of-${pod}`,
              state: this.down.has(pod) ? 'create pending' : 'configured',
              stateDetail: this.down.has(pod) ? { configErrorDetail: 'it had failed\nwith hunter22' } : {},
            })),
          },
        ],
      },
    } as unknown as Stored<KubeDirectorCluster>;
  }

  #pod(name: string) {
    const owned = (uid: string) => [{ apiVersion: 'v1', kind: 'X', name: 'x', uid, controller: true }];
    const state = this.down.has(name) ? { waiting: {} } : { running: {} };
    const restartCount = this.restarts.get(name) ?? 0;
    return {
      metadata: { namespace: 'default', name, uid: name, ownerReferences: owned('set-uid') },
      status: { containerStatuses: [{ name: 'app', restartCount, state }] },
    };
  }

  readonly subresource = this.#made(bash);

  text(query: string, exec = bash): AsyncIterable<string> {
    return this.#made(exec).get(this.contextOf('jane'), target, new URLSearchParams(query));
  }

  contextOf(name: string): CallContext {
    return { user: { name, groups: [] }, signal: this.stop.signal } as unknown as CallContext;
  }

  #made(exec: PodExec): TextSubresource {
    const owners = [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'cluster-uid', controller: true }];
    const cached = () => (this.isGone ? undefined : { object: this.cluster });
    return clusterLog({
      registry: () => ({ get: () => Promise.resolve({ object: this.cluster }), cache: { get: cached } }) as never,
      native: () =>
        ({
          pods: { get: (_: string, name: string) => this.#pod(name) },
          statefulSets: { get: () => ({ metadata: { uid: 'set-uid', ownerReferences: owners } }) },
        }) as never,
      lookup: { config: () => ({ spec: { masterEncryptionKey } }) as never },
      schema: { readable: (object: unknown) => object } as never,
      exec: () => exec,
      clock: systemClock,
    });
  }
}

async function all(texts: AsyncIterable<string>): Promise<string> {
  let whole = '';
  for await (const text of texts) whole += text;
  return whole;
}

describe('The log of a cluster', () => {
  it('has the output of all members, marked with their names', async () => {
    print('spark-0', 'configure.stdout', 'one\ntwo\n');
    print('spark-0', 'configure.stderr', 'oh dear');
    print('spark-1', 'notify.stdout', 'hello ü\n');
    expect(await all(new Lab().text(''))).toBe('[spark-0] one\n[spark-0] two\n[spark-0] oh dear\n[spark-1] hello ü\n');
  });

  it('has that of one member unmarked, as many of its last lines as asked for, and as many bytes', async () => {
    print('spark-1', 'configure.stdout', 'one\ntwo\nthrée\n');
    const lab = new Lab();
    expect(await all(lab.text('member=spark-1'))).toBe('one\ntwo\nthrée\n');
    expect(await all(lab.text('member=spark-1&tail=2'))).toBe('two\nthrée\n');
    expect(await all(lab.text('member=spark-1&tail=0'))).toBe('');
    expect(await all(lab.text('member=spark-1&tail=1&limitBytes=4'))).toBe('thr');
  });

  it('takes out secret keys and tokens', async () => {
    print('spark-0', 'configure.stdout', 'password=hunter22 for token-of-spark-1\n');
    expect(await all(new Lab().text('member=spark-0'))).toBe('password=****** for ******\n');
  });

  it('tells of members that do not run, and what is known of their set-up', async () => {
    const lab = new Lab();
    lab.down.add('spark-1');
    const text = await all(lab.text('member=spark-1'));
    expect(text).toBe(
      '(the member does not run: it is create pending)\n(from its last set-up:)\nit had failed\nwith ******\n',
    );
  });

  it('goes on where a member cannot be read', async () => {
    print('spark-1', 'configure.stdout', 'fine\n');
    const broken: PodExec = {
      exec: (of, ...given) => (of.name === 'spark-0' ? Promise.reject(new Error('no bash')) : bash.exec(of, ...given)),
    };
    expect(await all(new Lab().text('', broken))).toBe('[spark-0] (cannot be read: no bash)\n[spark-1] fine\n');
  });

  it('shows the end of what is too long to read at once, and says so', async () => {
    print('spark-0', 'configure.stdout', `${'x'.repeat(99)}\n`.repeat(1000));
    const lines = (await all(new Lab().text('member=spark-0'))).split('\n');
    expect(lines[0]).toBe('(34464 bytes of configure.stdout before this are left out)');
    expect(lines.slice(1, -1).every((line) => line === 'x'.repeat(99))).toBe(true);
    expect(lines.length).toBeGreaterThan(650);
  });

  it.each([
    ['member=nobody', 404, 'kubedirectorclusters.kubedirector.hpe.com "spark" has no member "nobody"'],
    ['tail=-1', 400, 'the parameter tail is "-1": it must be a whole number, 0 or more'],
    ['tail=1e3', 400, 'the parameter tail is "1e3": it must be a whole number, 0 or more'],
    ['limitBytes=0', 400, 'the parameter limitBytes is "0": it must be a whole number, 1 or more'],
  ])('refuses %s', async (query, code, message) => {
    await expect(all(new Lab().text(query))).rejects.toMatchObject({ code, message });
  });
});

describe('Following', () => {
  /** Reads until the text is all there. */
  async function until(texts: AsyncIterator<string>, wanted: string): Promise<void> {
    let whole = '';
    while (whole !== wanted) {
      const next = await texts.next();
      if (next.done === true) throw new Error(`it has ended with ${JSON.stringify(whole)}`);
      whole += next.value;
      expect(wanted.startsWith(whole), `${JSON.stringify(whole)} of ${JSON.stringify(wanted)}`).toBe(true);
    }
  }

  it('gives what comes, in whole lines, of members that come later and of containers begun anew', async () => {
    const lab = new Lab();
    lab.down.add('spark-1');
    print('spark-0', 'configure.stdout', 'old\nfirst\nsec');
    const texts = lab.text('follow=true&tail=1')[Symbol.asyncIterator]();
    await until(texts, '[spark-0] first\n');
    print('spark-0', 'configure.stdout', 'ond\n');
    await until(texts, '[spark-0] second\n');
    print('spark-1', 'configure.stdout', 'late\n');
    lab.down.delete('spark-1');
    await until(texts, '[spark-1] late\n');
    writeFileSync(join(folder('spark-0'), 'configure.stdout'), 'anew\n');
    lab.restarts.set('spark-0', 1);
    await until(texts, '[spark-0] anew\n');
    lab.isGone = true;
    expect((await texts.next()).done).toBe(true);
  });

  it('is refused to a user who follows very many, until one of them ends', async () => {
    const lab = new Lab();
    lab.members = [];
    const { get } = lab.subresource;
    const open = (user: string) =>
      get(lab.contextOf(user), target, new URLSearchParams('follow'))[Symbol.asyncIterator]();
    const followed = Array.from({ length: 20 }, () => open('jane'));
    for (const one of followed) expect((await one.next()).done).toBe(false);
    await expect(open('jane').next()).rejects.toMatchObject({ code: 429 });
    const other = open('joe');
    expect((await other.next()).done).toBe(false);
    await followed[0]?.return?.();
    const next = open('jane');
    expect((await next.next()).done).toBe(false);
    for (const one of [...followed, other, next]) await one.return?.();
  });

  it('ends with the request', async () => {
    const lab = new Lab();
    print('spark-0', 'configure.stdout', 'line\n');
    const texts = lab.text('follow&member=spark-0')[Symbol.asyncIterator]();
    await until(texts, 'line\n');
    const last = (async () => {
      let next = await texts.next();
      while (next.done !== true) next = await texts.next();
      return next.done;
    })();
    lab.stop.abort();
    expect(await last).toBe(true);
  });
});

it('is asked for in words that a simulated container answers as a real one does', () => {
  const contents = Object.fromEntries(logFiles.map((file) => [file, `${file} says ü\n`])) as Record<LogFile, string>;
  for (const file of logFiles) print('spark-0', file, contents[file]);
  for (const offsets of [{}, { 'configure.stdout': 5, 'notify.stderr': 99 }, { 'notify.stdout': 20 }]) {
    for (const limit of [6, 1000]) {
      const [program = '', ...args] = formatLogCommand(offsets, limit, join(root, 'spark-0'));
      const { stdout } = spawnSync(program, args, { encoding: 'utf8' });
      expect(parseLogAnswer(stdout)).toEqual(parseLogAnswer(formatLogAnswer(contents, { offsets, limit })));
      expect(parseLogAnswer(stdout)).toHaveLength(4);
    }
  }
});
