/** How large a status can become. */
import { describe, expect, test } from 'vitest';
import type { MemberStatus } from '../../../src/apis/kubedirector/types.ts';
import type { GuestReport } from '../../../src/controller/plan/guest-task.ts';
import { plan } from '../../../src/controller/plan/plan.ts';
import { messageBudget, outputBudget, tailBytes } from '../../../src/controller/plan/messages/status-budget.ts';
import { jsonBytes } from '../../../src/meta/cut.ts';
import { maxObjectBytes, storedBytes } from '../../../src/meta/limits.ts';
import { createIds, member, now, settled, statusOf } from './facts.ts';

/** Of every kind that takes more room in JSON than it looks; in UTF-8 as much as is kept of an output. */
const output = '\ufffd\u0000"😀'.repeat(Math.floor(tailBytes(Infinity) / 9));
const dns63 = 'n'.repeat(63);
const pod = (ordinal: number): string => `${'s'.repeat(46)}12345-${ordinal}`;

/** So many members that are being set up, and whose startscript then fails with much output. */
function failing(count: number, detail = 'x'.repeat(5000)) {
  const members = Array.from({ length: count }, (_, index) =>
    member(pod(index), index + 1, {
      ...{ state: 'creating', service: pod(index), pvc: `p-${pod(index)}`, authToken: '0'.repeat(32) },
      stateDetail: { configuringContainer: `containerd://${pod(index)}` },
    }),
  );
  const facts = settled(members);
  const result = { ok: false, detail, stdout: output, stderr: output } as const;
  const reports = members.map(({ pod: name }): [string, GuestReport] => [
    name,
    { taskID: `setup:containerd://${name}`, failures: 0, message: '', result },
  ]);
  return { ...facts, guest: new Map(reports) };
}

const outputsOf = (members: readonly MemberStatus[]): string[] =>
  members.flatMap(({ stateDetail: { startScriptStdoutMessage = '', startScriptStderrMessage = '' } }) => [
    startScriptStdoutMessage,
    startScriptStderrMessage,
  ]);

describe('the output of failed startscripts', () => {
  test('is shared fairly, and no more than its budget', () => {
    const [role] = statusOf(failing(301)).roles ?? [];
    const bytes = outputsOf(role?.members ?? []).map(jsonBytes);
    const sum = bytes.reduce((one, other) => one + other, 0);
    expect(sum).toBeLessThanOrEqual(outputBudget);
    expect(sum).toBeGreaterThan(outputBudget * 0.9);
    expect(Math.max(...bytes) - Math.min(...bytes)).toBeLessThanOrEqual(8);
  });

  test('is kept whole where it is short, whatever the others have', () => {
    const facts = failing(301);
    const [first] = [...facts.guest.keys()];
    const short = { ok: false, detail: 'd', stdout: 'short', stderr: '' } as const;
    const report = facts.guest.get(first ?? '');
    if (first !== undefined && report !== undefined) facts.guest.set(first, { ...report, result: short });
    const [role] = statusOf(facts).roles ?? [];
    expect(role?.members[0]?.stateDetail.startScriptStdoutMessage).toBe('short');
    expect(role?.members[1]?.stateDetail.startScriptStdoutMessage).toMatch(/^… cut … /);
  });

  test('does not change any more once it has been cut', () => {
    const facts = failing(301);
    const status = statusOf(facts);
    const settledFacts = { ...facts, guest: new Map(), cluster: { ...facts.cluster, status } };
    const again = plan(settledFacts, now, createIds());
    expect(again.status).toEqual(status);
    expect(again.actions.filter(({ type }) => type === 'event')).toEqual([]);
  });
});

describe('a status with a thousand members, all names as long as can be', () => {
  test('stays below what an object may have, with every member in config error and full of words', () => {
    const status = statusOf(failing(1000));
    expect(status.roles?.[0]?.members[7]?.stateDetail.configErrorDetail).toMatch(/^x+…$/);
    expect(storedBytes(status)).toBeLessThan(maxObjectBytes * 0.75);
  });

  test('stays below it while all are told of many others, in vain, and their pods have problems', () => {
    const words = 'y'.repeat(Math.floor(messageBudget / 1000));
    const members = Array.from({ length: 1000 }, (_, index) => {
      const one = member(pod(index), index + 1, {
        service: pod(index),
        pvc: `p-${pod(index)}`,
        authToken: '0'.repeat(32),
      });
      const command = (kind: string) => ({
        arguments: [`--${kind}`, '--nodegroup', '1', '--role', dns63, '--fqdns'],
        pods: `${'s'.repeat(51)}-{100..499,501..999}`,
      });
      one.stateDetail.pendingNotifyCmds = [{ ...command('addnodes'), startedAt: '2026-01-02T03:04:00Z', failures: 12 }];
      one.stateDetail.notifyErrorMessage = words;
      one.stateDetail.notifyGivenUp = words;
      return one;
    });
    const status = statusOf(settled(members));
    expect(status.roles?.[0]?.members).toHaveLength(1000);
    expect(storedBytes(status)).toBeLessThan(maxObjectBytes);
  });
});

test('messages that come again with other numbers are no news, even where they were cut', () => {
  const facts = failing(200, 'short');
  const long = (attempt: number): string => `attempt ${attempt}: ${'z'.repeat(4000)}`;
  const setup = (attempt: number, status = facts.cluster.status) => ({
    ...{ ...facts, cluster: { ...facts.cluster, ...(status === undefined ? {} : { status }) } },
    guest: new Map(
      [...facts.guest.keys()].map((name) => [
        name,
        { taskID: `setup:containerd://${name}`, failures: 0, message: long(attempt) },
      ]),
    ),
  });
  const first = statusOf(setup(1));
  const { actions } = plan(setup(2, first), now, createIds());
  expect(actions.filter(({ type }) => type === 'event')).toEqual([]);
});
