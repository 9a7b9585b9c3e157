/** What kd-setup does on a volume whose member comes to another app, and back. */
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { guestSteps, type SetupStep } from '../../../src/controller/guest/steps.ts';
import { archive, at, eachInItsRoot, root, run, until, write, type Lines } from './guest-scripts.ts';
import { complete, error, exitOf, setup, url } from './set-up-fixture.ts';

eachInItsRoot();

/** A package that writes down what it is called with, and exits with what the file `exit` says. */
const packageOf = (name: string): string =>
  url(
    archive(name, {
      startscript: `#!/bin/bash\necho "${name} $*" >> "${root}/runs"\nexit "$(cat "${root}/exit-$1" 2> /dev/null || echo 0)"\n`,
    }),
  );
const runs = (): string[] => (existsSync(at('runs')) ? readFileSync(at('runs'), 'utf8').trim().split('\n') : []);
const inside = (path = ''): string[] => readdirSync(at(`opt/guestconfig${path}`)).toSorted();
const visible = (path = ''): string[] => inside(path).filter((name) => !name.startsWith('.'));

const to = (direction: 'upgraded' | 'reverted', mustSucceed = false) => ({ direction, id: 'u1', mustSucceed });

interface Step {
  readonly container: string;
  readonly version: string;
  readonly packageURL: string;
  readonly upgrade?: SetupStep['upgrade'];
}

const change = ({ container, ...rest }: Step): Partial<SetupStep> => ({
  containerID: `containerd://${container}`,
  ...rest,
});
const step = (one: Step, env: Record<string, string> = {}): Promise<Lines> => complete(change(one), env);

/** A member that was set up with package one, and a file that its app has left there. */
async function configured(version = 'v1'): Promise<{ one: string; two: string }> {
  const [one, two] = [packageOf('one'), packageOf('two')];
  expect(exitOf(await step({ container: 'a', version, packageURL: one }))).toBe(0);
  write('opt/guestconfig/state', 'precious');
  return { one, two };
}

describe('kd-setup in a container of the next app', () => {
  test('keeps the package aside, fetches the next one and calls it with --pod_upgraded', async () => {
    const { two } = await configured();
    const lines = await step({ container: 'b', version: 'v2', packageURL: two, upgrade: to('upgraded') });
    expect(runs()).toEqual(['one --configure', 'two --pod_upgraded']);
    expect([exitOf(lines), lines.get('moved')]).toEqual([0, '--pod_upgraded=0']);
    expect(visible('/.setup.backup')).toEqual([
      'configure.status',
      'configure.stderr',
      'configure.stdout',
      'one',
      'state',
    ]);
    expect(readFileSync(at('opt/guestconfig.backup/state'), 'utf8')).toBe('precious');
    expect(readlinkSync(at('opt/guestconfig.backup'))).toBe('guestconfig/.setup.backup');
    expect(visible()).toEqual(['configure.status', 'configure.stderr', 'configure.stdout', 'two']);
  });

  test('does so as well where an earlier version of this program has set the member up, which marked no package', async () => {
    const { two } = await configured('');
    await step({ container: 'b', version: 'v2', packageURL: two, upgrade: to('upgraded') });
    expect(runs()).toEqual(['one --configure', 'two --pod_upgraded']);
  });

  test('calls nothing again in the containers after it', async () => {
    const { two } = await configured();
    const next = { version: 'v2', packageURL: two };
    await step({ container: 'b', ...next, upgrade: to('upgraded') });
    expect((await step({ container: 'c', ...next, upgrade: to('upgraded') })).get('stage')).toBe('ready');
    expect((await step({ container: 'd', ...next })).get('stage')).toBe('ready');
    expect(runs()).toHaveLength(2);
    expect(visible('/.setup.backup')).toContain('state');
  });

  test('configures a member that had never been set up, or whose files are gone', async () => {
    const { one, two } = await configured();
    rmSync(at('opt'), { recursive: true });
    await step({ container: 'b', version: 'v2', packageURL: two, upgrade: to('upgraded') });
    expect(runs()).toEqual(['one --configure', 'two --configure']);
    expect(existsSync(at('opt/guestconfig.backup'))).toBe(false);
    rmSync(at('opt'), { recursive: true });
    write('exit---configure', '1');
    expect(exitOf(await step({ container: 'c', version: 'v1', packageURL: one }))).toBe(1);
    write('exit---configure', '0');
    await step({ container: 'd', version: 'v2', packageURL: two, upgrade: to('upgraded') });
    expect(runs().slice(2)).toEqual(['one --configure', 'two --configure']);
  });

  test('passes over a package that does not know the event, unless it must', async () => {
    const { two } = await configured();
    write('exit---pod_upgraded', '9');
    const next = { version: 'v2', packageURL: two };
    const lines = await step({ container: 'b', ...next, upgrade: to('upgraded') });
    expect([exitOf(lines), lines.get('moved')]).toEqual([0, '--pod_upgraded=9']);
    expect((await step({ container: 'c', ...next, upgrade: to('upgraded') })).get('stage')).toBe('ready');
    const third = { version: 'v3', packageURL: packageOf('three'), upgrade: to('upgraded', true) };
    const failed = await step({ container: 'd', ...third });
    expect([exitOf(failed), failed.get('moved')]).toEqual([9, '--pod_upgraded=9']);
    expect(visible('/.setup.backup')).toContain('one');
    write('exit---pod_upgraded', '0');
    expect(exitOf(await step({ container: 'e', ...third }))).toBe(0);
    expect(runs().at(-1)).toBe('three --pod_upgraded');
  });

  test('keeps what was before the upgrade while its package is changed again, and replaces it in the next upgrade', async () => {
    const { two } = await configured();
    await step({ container: 'b', version: 'v2', packageURL: two, upgrade: to('upgraded') });
    const three = packageOf('three');
    await step({ container: 'c', version: 'v3', packageURL: three, upgrade: to('upgraded') });
    expect([visible().at(-1), visible('/.setup.backup').includes('one')]).toEqual(['three', true]);
    const later = { direction: 'upgraded', id: 'u2', mustSucceed: false } as const;
    await step({ container: 'd', version: 'v4', packageURL: packageOf('four'), upgrade: later });
    expect([visible().at(-1), visible('/.setup.backup').includes('three')]).toEqual(['four', true]);
  });

  test('that can not fetch the package says so, and loses nothing', async () => {
    const { one } = await configured();
    const next = { container: 'b', version: 'v2', packageURL: url(at('none.tgz')), upgrade: to('upgraded') };
    expect(error(await step(next))).toContain('fetching the package');
    const back = await step({ container: 'c', version: 'v1', packageURL: one, upgrade: to('reverted') });
    expect([exitOf(back), back.get('moved')]).toEqual([0, '--pod_reverted=0']);
    expect(runs()).toEqual(['one --configure', 'one --pod_reverted']);
    expect(readFileSync(at('opt/guestconfig/state'), 'utf8')).toBe('precious');
  });
});

describe('kd-setup in a container of the app before', () => {
  test('takes the package back that was kept, and calls it with --pod_reverted', async () => {
    const { one, two } = await configured();
    await step({ container: 'b', version: 'v2', packageURL: two, upgrade: to('upgraded') });
    write('opt/guestconfig/new', 'of two');
    const lines = await step({ container: 'c', version: 'v1', packageURL: one, upgrade: to('reverted', true) });
    expect([exitOf(lines), lines.get('moved')]).toEqual([0, '--pod_reverted=0']);
    expect(runs()).toEqual(['one --configure', 'two --pod_upgraded', 'one --pod_reverted']);
    expect(visible()).toEqual(['configure.status', 'configure.stderr', 'configure.stdout', 'one', 'state']);
    expect(existsSync(at('opt/guestconfig.backup'))).toBe(false);
    expect(inside().filter((name) => /backup|moving|restoring/.test(name))).toEqual([]);
    expect((await step({ container: 'd', version: 'v1', packageURL: one })).get('stage')).toBe('ready');
  });

  test('calls nothing where the next app had never begun', async () => {
    const { one } = await configured('');
    const lines = await step({ container: 'b', version: 'v1', packageURL: one, upgrade: to('reverted') });
    expect(lines.get('stage')).toBe('ready');
    expect(runs()).toEqual(['one --configure']);
  });

  test('configures a member anew that had joined with the next app', async () => {
    const [one, two] = [packageOf('one'), packageOf('two')];
    await step({ container: 'a', version: 'v2', packageURL: two });
    await step({ container: 'b', version: 'v1', packageURL: one, upgrade: to('reverted') });
    expect(runs()).toEqual(['two --configure', 'one --configure']);
  });

  test('can go to the next app again after a --pod_reverted that has failed', async () => {
    const { one, two } = await configured();
    await step({ container: 'b', version: 'v2', packageURL: two, upgrade: to('upgraded') });
    write('exit---pod_reverted', '1');
    const back = { version: 'v1', packageURL: one, upgrade: to('reverted', true) };
    expect(exitOf(await step({ container: 'c', ...back }))).toBe(1);
    const again = { container: 'd', version: 'v2', packageURL: two, upgrade: to('upgraded') };
    expect(exitOf(await step(again))).toBe(0);
    expect(runs().at(-1)).toBe('two --pod_upgraded');
    expect(visible('/.setup.backup')).toContain('one');
    expect(readFileSync(at('opt/guestconfig.backup/state'), 'utf8')).toBe('precious');
  });

  test('can go to the next app again', async () => {
    const { one, two } = await configured();
    for (const [index, direction] of (['upgraded', 'reverted', 'upgraded'] as const).entries()) {
      const [version, packageURL] = direction === 'upgraded' ? ['v2', two] : ['v1', one];
      await step({ container: `c${index}`, version, packageURL, upgrade: to(direction) });
    }
    expect(runs().slice(1)).toEqual(['two --pod_upgraded', 'one --pod_reverted', 'two --pod_upgraded']);
    expect(readFileSync(at('opt/guestconfig.backup/state'), 'utf8')).toBe('precious');
  });
});

/** A process that changes files is killed after that change. */
function killer(change: number): Record<string, string> {
  for (const name of ['mv', 'rm']) {
    const isLast = `[ "$(wc -l < "${root}/changes")" -eq ${change} ]`;
    const body = `echo >> "${root}/changes"\n/bin/${name} "$@"\ncode=$?\nif ${isLast}; then kill -9 $PPID; fi\nexit "$code"`;
    write(`shims/${name}`, `#!/bin/bash\n${body}\n`, true);
  }
  rmSync(at('changes'), { force: true });
  return { PATH: `${at('shims')}:${process.env['PATH'] ?? ''}` };
}

describe('a set-up that is killed after any of its changes of files', () => {
  /** Kills the step at each of its changes, in a member of its own each time, and goes on in `next`. */
  async function atEachChange(
    prepare: () => Promise<{ one: string; two: string }>,
    killed: (packages: { one: string; two: string }) => Step,
    next: (packages: { one: string; two: string }) => Step,
    check: (change: number) => void,
  ): Promise<void> {
    write('runs', '');
    const packages = await prepare();
    const isOver = (lines: Lines): boolean => lines.get('alive') === 'no';
    await until(guestSteps.setupStatus('containerd://z', 8), isOver);
    const prepared = `${root} prepared`;
    cpSync(root, prepared, { recursive: true, verbatimSymlinks: true });
    onTestFinished(() => rmSync(prepared, { recursive: true }));
    for (let one = 1; ; one++) {
      rmSync(root, { recursive: true });
      cpSync(prepared, root, { recursive: true, verbatimSymlinks: true });
      const env = killer(one);
      const first = change(killed(packages));
      await run(setup(first), env);
      await until(guestSteps.setupStatus(first.containerID ?? '', 8), isOver);
      const changes = readFileSync(at('changes'), 'utf8').length;
      await step(next(packages));
      check(one);
      if (changes >= one) continue;
      expect(one).toBeGreaterThan(8);
      return;
    }
  }

  const upgraded = ({ two }: { two: string }, container: string): Step => ({
    ...{ container, version: 'v2', packageURL: two, upgrade: to('upgraded') },
  });
  const reverted = ({ one }: { one: string }, container: string): Step => ({
    ...{ container, version: 'v1', packageURL: one, upgrade: to('reverted') },
  });
  const kept = (): void => {
    expect(inside().filter((name) => /moving|restoring/.test(name))).toEqual([]);
  };

  test('goes on to the next app, with one backup that is whole', async () => {
    await atEachChange(
      configured,
      (some) => upgraded(some, 'b'),
      (some) => upgraded(some, 'c'),
      (change) => {
        kept();
        const told = [visible('/.setup.backup'), visible().includes('two'), runs().includes('two --pod_upgraded')];
        const whole = ['configure.status', 'configure.stderr', 'configure.stdout', 'one', 'state'];
        expect(told, `change ${change}`).toEqual([whole, true, true]);
      },
    );
  });

  test('goes back to the app before, with nothing lost', async () => {
    await atEachChange(
      configured,
      (some) => upgraded(some, 'b'),
      (some) => reverted(some, 'c'),
      (change) => {
        kept();
        expect([visible().includes('one'), visible().includes('two')], `change ${change}`).toEqual([true, false]);
        expect(readFileSync(at('opt/guestconfig/state'), 'utf8')).toBe('precious');
        expect(existsSync(at('opt/guestconfig.backup'))).toBe(false);
      },
    );
  });

  test('on the way back goes on back, and calls --pod_reverted', async () => {
    const both = async () => {
      const packages = await configured();
      await step(upgraded(packages, 'b'));
      return packages;
    };
    await atEachChange(
      both,
      (some) => reverted(some, 'c'),
      (some) => reverted(some, 'd'),
      (change) => {
        kept();
        expect(visible().includes('one'), `change ${change}`).toBe(true);
        expect(readFileSync(at('opt/guestconfig/state'), 'utf8')).toBe('precious');
        expect(runs()).toContain('one --pod_reverted');
      },
    );
  });
});

test('a folder that a package has made under the name of the link stays as it is', async () => {
  const { two } = await configured();
  write('opt/guestconfig.backup/own', '');
  chmodSync(at('opt/guestconfig.backup'), 0o700);
  await step({ container: 'b', version: 'v2', packageURL: two, upgrade: to('upgraded') });
  expect(readdirSync(at('opt/guestconfig.backup'))).toEqual(['own']);
});
