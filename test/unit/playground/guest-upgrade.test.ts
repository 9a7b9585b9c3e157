/** Set-ups of simulated containers whose members move to another app, and back. */
import { describe, expect, it } from 'vitest';
import { parseSetupState } from '../../../src/guest/answers.ts';
import { formatSetup, type SetupArguments } from '../../../src/guest/steps.ts';
import { runStep } from '../../../src/playground/guest/commands.ts';
import { formatFiles, noFiles, parseFiles, type GuestFiles } from '../../../src/playground/guest/files.ts';

/** A volume that outlives its containers. */
let files: GuestFiles;
let containers = 0;

const begin = (): void => {
  files = noFiles('c0');
  containers = 0;
};

type Direction = NonNullable<SetupArguments['upgrade']>['direction'];

/** In a container of its own, until it ends. */
function setUp(version: string, direction?: Direction, { fails = false, mustSucceed = false } = {}) {
  const containerID = `c${(containers += 1)}`;
  const args = formatSetup({
    ...{ containerID, tailBytes: 100, data: '1:h', layout: 'new', documentBytes: 0, toolsBytes: 0, systemd: false },
    ...{ configureLimit: 60, packageURL: `file:///${version}.tgz`, version, upgradeLimit: 60, injections: [] },
    upgrade: direction && { direction, id: 'u', mustSucceed },
  });
  const now = containers * 100_000;
  const around = { containerID, startedAt: now, pod: 'p', role: 'r', configureMs: 10, notifyMs: 10 };
  const at = (later: number) => ({
    ...around,
    now: now + later,
    failConfigure: fails,
    failNotify: false,
    failHealth: false,
  });
  for (const later of [0, 50]) {
    const outcome = runStep('kd-setup', { term: '1@data', args }, files, at(later));
    // As an annotation keeps them.
    files = parseFiles(formatFiles(outcome.files ?? files)) ?? files;
    if (later > 0) return parseSetupState(outcome.stdout);
  }
  throw new Error('there is no answer');
}
const ended = (version: string, direction?: Direction, more?: Parameters<typeof setUp>[2]) => {
  const { stage, configure, moved } = setUp(version, direction, more);
  return [stage, configure?.exitCode, moved?.option, moved?.exitCode];
};

describe('a simulated container', () => {
  it('calls --pod_upgraded and --pod_reverted once each', () => {
    begin();
    expect(ended('v1')).toEqual(['configure', 0, undefined, undefined]);
    expect(ended('v2', 'upgraded')).toEqual(['configure', 0, '--pod_upgraded', 0]);
    expect(ended('v2', 'upgraded')[0]).toBe('ready');
    expect(ended('v1', 'reverted')).toEqual(['configure', 0, '--pod_reverted', 0]);
    expect(ended('v1', 'reverted')[0]).toBe('ready');
    expect(ended('v1')[0]).toBe('ready');
  });

  it('configures what was never set up, and what joined with the next app', () => {
    begin();
    expect(ended('v2', 'upgraded')).toEqual(['configure', 0, undefined, undefined]);
    expect(ended('v1', 'reverted')).toEqual(['configure', 0, undefined, undefined]);
  });

  it('passes over a package that fails, unless it must not', () => {
    begin();
    setUp('v1');
    expect(ended('v2', 'upgraded', { fails: true })).toEqual(['configure', 0, '--pod_upgraded', 1]);
    const strict = { fails: true, mustSucceed: true };
    expect(ended('v3', 'upgraded', strict)).toEqual(['configure', 1, '--pod_upgraded', 1]);
    expect(ended('v3', 'upgraded')).toEqual(['configure', 0, '--pod_upgraded', 0]);
  });
});
