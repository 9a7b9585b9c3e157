/** Set-ups of a member in a folder that stands for its container. */
import { expect } from 'vitest';
import { guestSteps, type GuestStep, type SetupStep } from '../../../src/controller/guest/steps.ts';
import { decodeTail, parseLines } from '../../../src/guest/answers.ts';
import { parseConfigureStatus } from '../../../src/guest/files.ts';
import { container, run, until, type Lines } from './guest-scripts.ts';

export const url = (file: string): string => `file://${file.replaceAll(' ', '%20')}`;

/** A set-up of a container that has a startscript, unless a package is named. */
export const setup = (change: Partial<SetupStep> = {}): GuestStep =>
  guestSteps.setup({
    ...{
      containerID: container,
      tailBytes: 8,
      data: '3:hash',
      layout: 'new',
      document: '{"ä":1}',
      systemd: false,
      configureLimit: 60,
    },
    ...{ packageURL: 'file:///none', injections: [], version: '', upgrade: undefined, upgradeLimit: 60 },
    ...change,
  });

export const exitOf = (lines: Lines): number | undefined =>
  parseConfigureStatus(lines.get('configure') ?? '')?.exitCode;
const endedIn =
  (containerID: string) =>
  (lines: Lines): boolean => {
    const isOwn = parseConfigureStatus(lines.get('configure') ?? '')?.containerID === containerID;
    return (isOwn && exitOf(lines) !== undefined) || ['failed', 'ready'].includes(lines.get('stage') ?? '');
  };
export const ended = endedIn(container);
export const error = (lines: Lines): string => decodeTail(lines.get('error'));

/** Begins it and waits for its end: while its process is still there, a next set-up would not begin in the same root. */
export async function complete(change: Partial<SetupStep> = {}, env: Record<string, string> = {}): Promise<Lines> {
  const { code, stdout, stderr } = await run(setup(change), env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = parseLines(stdout);
  const { containerID = container, tailBytes = 8 } = change;
  const isOver = endedIn(containerID);
  const hasEnded = (one: Lines): boolean => isOver(one) && one.get('alive') === 'no';
  return hasEnded(lines) ? lines : until(guestSteps.setupStatus(containerID, tailBytes), hasEnded);
}
