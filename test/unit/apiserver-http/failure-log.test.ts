import { expect, it } from 'vitest';
import { createFailureLog } from '../../../src/apiserver/http/failure-log.ts';
import { silentLogger, type Logger } from '../../../src/runtime/logger.ts';
import { createManualClock } from '../runtime/manual-clock.ts';

function heard() {
  const lines: Record<string, unknown>[] = [];
  const logger: Logger = { ...silentLogger, error: (fields) => void lines.push(fields as Record<string, unknown>) };
  const clock = createManualClock();
  return { lines, clock, failures: createFailureLog({ clock, logger }) };
}

const failure = (message: string): Error => new TypeError(message);

it('a cause that fails thousands of requests is logged once in ten seconds, with the number of omitted messages', () => {
  const { lines, clock, failures } = heard();
  for (let request = 0; request < 5_000; request++)
    failures.report(failure('x is undefined'), { requestId: `r${request}` });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ requestId: 'r0', error: { message: 'x is undefined' } });
  expect(lines[0]).not.toHaveProperty('leftOut');
  clock.advance(10_000);
  failures.report(failure('x is undefined'), { requestId: 'later' });
  expect(lines[1]).toMatchObject({ requestId: 'later', leftOut: 4_999 });
});

it('another cause in between is logged at once', () => {
  const { lines, failures } = heard();
  expect(failures.report(failure('one'), {})).toBe(true);
  expect(failures.report(failure('two'), {})).toBe(true);
  expect(failures.report('no error at all', {})).toBe(true);
  expect(failures.report(failure('one'), {})).toBe(false);
  expect(lines).toHaveLength(3);
});

it('thousands of causes are not all remembered', () => {
  const { lines, failures } = heard();
  for (let cause = 0; cause < 1_000; cause++) failures.report(failure(`cause ${cause}`), {});
  expect(lines).toHaveLength(1_000);
  expect(failures.report(failure('cause 0'), {})).toBe(true);
  expect(failures.report(failure('cause 999'), {})).toBe(false);
});
