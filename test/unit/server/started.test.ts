import { describe, expect, it } from 'vitest';
import { allEnded, Started } from '../../../src/server/started.ts';

const failing = (message: string) => (): Promise<void> => Promise.reject(new Error(message));

describe('what was started', () => {
  it('is stopped in the reverse order, one step after the other', async () => {
    const started = new Started();
    const steps: string[] = [];
    started.add(() => void steps.push('store'));
    started.add(async () => {
      await Promise.resolve();
      steps.push('server');
    });
    expect(started.signal.aborted).toBe(false);
    await started.stop();
    expect(steps).toEqual(['server', 'store']);
    expect(started.signal.aborted).toBe(true);
  });

  it('is stopped completely even if steps fail, and every failure is reported', async () => {
    const started = new Started();
    const steps: string[] = [];
    started.add(() => void steps.push('store'));
    started.add(failing('no rest'));
    started.add(() => {
      throw new Error('no end');
    });
    await expect(started.stop()).rejects.toMatchObject({
      message: 'no end; no rest',
      errors: [{ message: 'no end' }, { message: 'no rest' }],
    });
    expect(steps).toEqual(['store']);
    expect(started.signal.aborted).toBe(true);
    await started.stop();
  });

  it('is stopped with the original error if only one step fails', async () => {
    const started = new Started();
    const failure = new Error('alone');
    started.add(() => Promise.reject(failure));
    await expect(started.stop()).rejects.toBe(failure);
  });
});

it('allEnded waits for all promises, even if one fails at once', async () => {
  let ended = false;
  const slow = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    ended = true;
  };
  await expect(allEnded([failing('at once')(), slow()])).rejects.toThrow('at once');
  expect(ended).toBe(true);
});
