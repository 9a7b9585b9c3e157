/** The queue of a member's notifications. */
import { describe, expect, test } from 'vitest';
import type { NotifyCommand } from '../../../src/apis/kubedirector/types.ts';
import {
  argumentsOf,
  newsOf,
  withNews,
  withReconnect,
  type QueueContext,
} from '../../../src/controller/plan/guest/notify-queue.ts';
import { formatPods, parsePods } from '../../../src/controller/plan/guest/pod-ranges.ts';
import type { MembershipEvent } from '../../../src/guest/startscript.ts';

const fqdn = (pod: string): string => `${pod}.hs.ns.svc.cluster.local`;
const context: QueueContext = {
  hasBegun: false,
  fqdn,
  isBestEffort: ({ arguments: args = [] }) => args[0] === '--reconnect',
};
type Queue = readonly NotifyCommand[];
const add = (queue: Queue, kind: MembershipEvent, pods: readonly string[], role = 'work', more = {}): Queue =>
  withNews(queue, { kind, role, pods }, { ...context, ...more });
const shown = (queue: Queue): string[] =>
  queue.map((command) => {
    const news = newsOf(command);
    return news === undefined ? '--reconnect' : `${news.kind} ${news.role} ${news.pods.join(',')}`;
  });

describe('news in a queue', () => {
  test('of one role are gathered: those that left before those that joined', () => {
    const queue = add(add(add([], 'addnodes', ['s-3']), 'delnodes', ['s-1']), 'addnodes', ['s-4']);
    expect(shown(queue)).toEqual(['delnodes work s-1', 'addnodes work s-3,s-4']);
  });

  test('of different roles stay apart', () => {
    expect(shown(add(add([], 'addnodes', ['s-1']), 'addnodes', ['t-1'], 'head'))).toHaveLength(2);
  });

  test('of one that joined and left before anybody was told are dropped', () => {
    expect(add(add([], 'addnodes', ['s-1']), 'delnodes', ['s-1'])).toEqual([]);
  });

  test('keep that a member left whose name another member has now', () => {
    const queue = add(add(add(add([], 'delnodes', ['s-1']), 'addnodes', ['s-1']), 'delnodes', ['s-1']), 'addnodes', [
      's-1',
    ]);
    expect(shown(queue)).toEqual(['delnodes work s-1', 'addnodes work s-1']);
  });

  test('are not added to a command that has begun', () => {
    const begun = add([], 'addnodes', ['s-1']).map((one) => ({ ...one, startedAt: '2026-01-01T00:00:00Z' }));
    expect(shown(add(begun, 'delnodes', ['s-1']))).toEqual(['addnodes work s-1', 'delnodes work s-1']);
    expect(shown(add(add([], 'addnodes', ['s-1']), 'addnodes', ['s-2'], 'work', { hasBegun: true }))).toHaveLength(2);
  });

  test('go before a best-effort --reconnect that has not begun', () => {
    expect(shown(add(withReconnect([], context), 'delnodes', ['s-1']))).toEqual(['delnodes work s-1', '--reconnect']);
  });

  test('are few however often members come and go', () => {
    let queue: Queue = [];
    for (let turn = 0; turn < 500; turn++) {
      queue = add(queue, turn % 2 === 0 ? 'addnodes' : 'delnodes', [`s-${turn % 7}`, `s-${turn % 5}`]);
      queue = withReconnect(queue, context);
    }
    expect(queue.length).toBeLessThanOrEqual(3);
  });

  test('of many members are written by their ordinals, and told by their FQDNs', () => {
    const pods = Array.from({ length: 1000 }, (_, index) => `set-${index}`);
    const [command = {}] = add([], 'addnodes', pods);
    expect(command.pods).toBe('set-{0..999}');
    expect(argumentsOf(command, fqdn).at(-2)).toBe('--fqdns');
    expect(argumentsOf(command, fqdn).at(-1)?.split(',')).toEqual(pods.map(fqdn));
    expect(JSON.stringify(command).length).toBeLessThan(200);
  });

  test('of few members are written as startscript gets them', () => {
    const [command = {}] = add([], 'addnodes', ['s-1', 's-2']);
    expect(command).toEqual({
      arguments: ['--addnodes', '--nodegroup', '1', '--role', 'work', '--fqdns', `${fqdn('s-1')},${fqdn('s-2')}`],
    });
  });
});

describe('lists of pods in short', () => {
  test.each([
    [['s-1'], 's-{1}'],
    [['s-10', 's-2', 's-3', 's-4'], 's-{2..4,10}'],
    [['a-b-0', 'c-1', 'a-b-1'], 'a-b-{0..1} c-{1}'],
  ])('%j is %s', (pods, text) => {
    expect(formatPods(pods)).toBe(text);
    expect(new Set(parsePods(text))).toEqual(new Set(pods));
  });

  test.each(['', 'x', 's-{}', 's-{9..1}'])('%j names none', (text) => {
    expect(parsePods(text)).toEqual([]);
  });

  test('never become more than a cluster may have', () => {
    expect(parsePods('s-{0..999999999}')).toHaveLength(1000);
  });
});
