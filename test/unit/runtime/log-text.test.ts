import { describe, expect, it } from 'vitest';
import { quieter, type Logger } from '../../../src/runtime/logger.ts';
import { logText } from '../../../src/runtime/log-text.ts';

const entry = (fields: object): string => JSON.stringify({ level: 30, time: '2026-01-02T10:42:03.000Z', ...fields });
const withoutTime = (line: string): string => line.replace(/^\d\d:\d\d:\d\d /, '');
const text = (fields: object): string => withoutTime(logText(entry(fields), false));

describe('a log line for people', () => {
  it('begins with the local time', () => {
    expect(logText(entry({ msg: 'hello' }), false)).toMatch(/^\d\d:\d\d:03 hello\n$/);
  });

  it('names warnings, errors and details for developers', () => {
    expect(text({ level: 40, msg: 'look at this' })).toBe('warning: look at this\n');
    expect(text({ level: 50, msg: 'it broke' })).toBe('error: it broke\n');
    expect(text({ level: 20, msg: 'request' })).toBe('debug: request\n');
  });

  it('says what the error says, without its stack', () => {
    const error = { type: 'Error', message: 'connection refused', stack: 'Error: connection refused\n    at here' };
    expect(text({ level: 40, msg: 'reconcile failed', error })).toBe('warning: reconcile failed: connection refused\n');
  });

  it('ends with the other fields, without JSON', () => {
    const fields = { cluster: 'default/spark', at: { line: 3, file: 'a' }, names: ['x', 'y'] };
    expect(text({ msg: 'seen', ...fields })).toBe('seen (cluster=default/spark, at=line:3 file:a, names=x y)\n');
  });

  it('is one line whatever is in it, moves no cursor, and ends somewhere', () => {
    expect(text({ msg: 'a\nb\r\n\u001b[2Jc\u2028d' })).toBe('a b [2Jc d\n');
    const long = text({ msg: 'x'.repeat(10_000) });
    expect(long).toHaveLength(501);
    expect(long.endsWith('…\n')).toBe(true);
  });

  it('is coloured for terminals alone', () => {
    const line = entry({ level: 40, msg: 'look' });
    expect(logText(line, true)).toContain('\u001b[33mwarning:\u001b[39m look\n');
    expect(logText(line, false)).not.toContain('\u001b');
  });

  it('shows what is no entry as it is', () => {
    expect(logText('something else\n', false)).toBe('something else\n');
  });
});

describe('a quieter logger', () => {
  it('tells news to developers alone, its children’s too, and keeps warnings', () => {
    const told: string[] = [];
    const say = (level: string) => (_fields: object, message: string) => void told.push(`${level} ${message}`);
    const logger: Logger = {
      ...{ debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') },
      child: () => logger,
    };
    const quiet = quieter(logger).child({});
    quiet.debug({}, 'a');
    quiet.info({}, 'b');
    quiet.warn({}, 'c');
    quiet.error({}, 'd');
    expect(told).toEqual(['debug a', 'debug b', 'warn c', 'error d']);
  });
});
