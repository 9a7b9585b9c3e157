import { describe, expect, test } from 'vitest';
import {
  formatData,
  formatNotifyAnswer,
  formatSetupState,
  parseNotifyAnswer,
  parseSetupState,
  type SetupStage,
} from '../../../src/guest/answers.ts';
import { formatConfigureStatus, parseConfigureStatus } from '../../../src/guest/files.ts';
import { membershipOptions, parseMembershipArguments } from '../../../src/guest/startscript.ts';
import {
  formatCommand,
  formatNotify,
  formatSetup,
  formatSetupStatus,
  parseCommand,
  parseNotify,
  parseSetup,
  parseSetupStatus,
  type SetupArguments,
} from '../../../src/guest/steps.ts';

const setup: SetupArguments = {
  ...{ containerID: 'containerd://one=1', tailBytes: 12, data: '3:hash', layout: 'new', systemd: true },
  ...{ documentBytes: 7, toolsBytes: 9, configureLimit: 60, packageURL: 'https://host/p.tgz?a=b' },
  ...{ version: 'v2', upgrade: { direction: 'upgraded', id: 'id', mustSucceed: true }, upgradeLimit: 90 },
  injections: [
    { srcURL: 'https://host/a', destDir: '/a b', mode: '600', owner: 'root', group: '' },
    { srcURL: 'https://host/b', destDir: '/', mode: '', owner: '', group: 'users' },
  ],
};
const stage: SetupStage = 'failed';
const state = {
  ...{ alive: false, stage, seconds: 4, hasConfigcli: true, error: 'line=1\nline 2' },
  ...{ configure: { containerID: 'c=1', exitCode: 3 }, stdout: 'héllo\n', stderr: '' },
} as const;

describe('a step', () => {
  test('is read from its command as it was written', () => {
    const command = formatCommand('exit 1', 'kd-setup', { term: '3@data', args: formatSetup(setup) });
    const { name, term, args } = parseCommand(command);
    expect({ name, term }).toEqual({ name: 'kd-setup', term: '3@data' });
    expect(parseSetup(args)).toEqual(setup);
  });

  test('without injections, systemd and configure is read as it was written', () => {
    const bare: SetupArguments = {
      ...{ ...setup, layout: 'old', systemd: false, configureLimit: undefined, injections: [], upgrade: undefined },
    };
    expect(parseSetup(formatSetup(bare))).toEqual(bare);
  });

  test('that asks about a set-up or notifies is read as it was written', () => {
    expect(parseSetupStatus(formatSetupStatus('c', 5))).toEqual({ containerID: 'c', tailBytes: 5 });
    const notify = { containerID: 'c', id: 'a-1', limitSeconds: 9, startscript: ['--reconnect'] };
    expect(parseNotify(formatNotify(notify))).toEqual(notify);
  });

  test('has no name in any other command', () => {
    expect(parseCommand(['ls', '-l', '/', 'kd-unknown']).name).toBeUndefined();
    expect(parseCommand([]).name).toBeUndefined();
  });
});

describe('the state of a set-up', () => {
  test('is read as it was written, whatever the texts contain', () => {
    const data = { generation: 3, connectionHash: 'a:b=c', app: 7 };
    const lines = formatSetupState({ ...state, data: formatData(data) }, 100);
    expect(parseSetupState(lines)).toEqual({ ...state, data });
  });

  test('tells the ends of texts that are too long', () => {
    const lines = formatSetupState({ ...state, stdout: '123456789', error: 'x'.repeat(5000), data: '' }, 4);
    expect(parseSetupState(lines)).toMatchObject({ stdout: '6789', error: 'x'.repeat(2000) });
  });

  test('is "not begun" where nothing was printed, with data older than all', () => {
    expect(parseSetupState('')).toEqual({
      ...{ alive: false, stage: '', seconds: 0, configure: undefined, hasConfigcli: false },
      ...{ data: { generation: 0, connectionHash: '' }, error: '', stdout: '', stderr: '' },
    });
  });
});

describe('configure.status', () => {
  test.each([
    [undefined],
    [{ containerID: 'c=1' }],
    [{ containerID: 'c', exitCode: 0 }],
    [{ containerID: 'c', exitCode: 137 }],
  ])('of %o is read as it was written', (status) => {
    expect(parseConfigureStatus(formatConfigureStatus(status))).toEqual(status);
  });
});

describe('the answer about a notification', () => {
  test.each([
    ['running' as const],
    ['busy' as const],
    [{ exitCode: 0, stderr: '' }],
    [{ exitCode: 5, stderr: 'no\npeer' }],
  ])('%o is read as it was written', (answer) => {
    expect(parseNotifyAnswer(formatNotifyAnswer(answer))).toEqual(answer);
  });

  test('counts as running where it can not be understood', () => {
    expect(parseNotifyAnswer('notify=what\n')).toBe('running');
  });
});

describe('the arguments of a startscript', () => {
  test('name event, role and FQDNs', () => {
    const options = membershipOptions('delnodes', 'work');
    expect(parseMembershipArguments([...options, 'a.b,c.d'])).toEqual({
      event: 'delnodes',
      role: 'work',
      fqdns: ['a.b', 'c.d'],
    });
    expect(parseMembershipArguments(options)?.fqdns).toEqual([]);
    expect(parseMembershipArguments(['--reconnect'])).toBeUndefined();
  });
});
