/** When backups of a schedule are due. */
import { describe, expect, it } from 'vitest';
import { lastDue, nextDue, validateSchedule } from '../../../src/apis/kubedirector/schedule.ts';

const fields = (schedule: string, timeZone?: string): string[] =>
  validateSchedule({ schedule, timeZone }).map(({ field }) => field);

describe('a schedule', () => {
  it.each([
    '0 2 * * *',
    '*/5 * * * *',
    '0 0 29 2 *',
    '15 1-5,7 1,15 JAN-mar MON-FRI',
    '0 0 ? * 7',
    '@daily',
    '@Hourly',
  ])('can be %s', (schedule) => {
    expect(fields(schedule)).toEqual([]);
  });

  it.each([
    '',
    '* * * *',
    '* * * * * *',
    '61 * * * *',
    '0 24 * * *',
    'a b c d e',
    '0 0 L * *',
    '0 0 * * MON#1',
    '0 0 30 2 *',
  ])('can not be "%s"', (schedule) => {
    expect(fields(schedule)).toEqual(['spec.schedule']);
  });

  it.each(['@every 1h', 'TZ=UTC 0 2 * * *', '0 2 * * *; rm', '@reboot', '2026-01-01T00:00:00', '0 0 15W * *'])(
    'is refused for %s, which is of other programs',
    (schedule) => {
      expect(fields(schedule)).toEqual(['spec.schedule']);
    },
  );

  it('takes the names of time zones, but not the one of this machine', () => {
    expect(fields('0 2 * * *', 'Europe/Berlin')).toEqual([]);
    expect(fields('0 2 * * *', 'Mars/Olympus')).toEqual(['spec.timeZone']);
    expect(fields('0 2 * * *', 'Local')).toEqual(['spec.timeZone']);
  });
});

const at = (text: string): Date => new Date(text);

describe('the times of a schedule', () => {
  const hourly = { schedule: '0 * * * *' };

  it('are due in the very second that they name', () => {
    expect(lastDue(hourly, at('2026-11-30T01:00:00Z'))).toEqual(at('2026-11-30T01:00:00Z'));
    expect(lastDue(hourly, at('2026-11-30T00:59:59.999Z'))).toEqual(at('2026-11-30T00:00:00Z'));
    expect(nextDue(hourly, at('2026-11-30T01:00:00Z'))).toEqual(at('2026-11-30T02:00:00Z'));
  });

  it('follow their zone through its clock changes', () => {
    const berlin = { schedule: '0 3 * * *', timeZone: 'Europe/Berlin' };
    expect(nextDue(berlin, at('2026-03-28T12:00:00Z'))).toEqual(at('2026-03-29T01:00:00Z'));
    expect(nextDue(berlin, at('2026-10-25T12:00:00Z'))).toEqual(at('2026-10-26T02:00:00Z'));
  });

  it('are none for what was stored and is no schedule', () => {
    expect(nextDue({ schedule: 'never' }, at('2026-11-30T01:00:00Z'))).toBeUndefined();
    expect(lastDue({ schedule: '0 0 1 1 *', timeZone: 'Mars/Olympus' }, at('2026-11-30T01:00:00Z'))).toBeUndefined();
  });
});
