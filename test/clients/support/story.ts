/** What a client's program tells: a JSON line for each step. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import process from 'node:process';

export type Steps = Readonly<Record<string, unknown>>;

export interface StoryOptions {
  /** Added to the test's own variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the program waits for when it prints `{"pause": NAME}`, by name. */
  readonly pauses?: Readonly<Record<string, () => Promise<unknown>>>;
}

type Line = { readonly step: string; readonly value: unknown } | { readonly pause: string };

/**
 * Runs a program to its end, and resolves with its steps.
 * @throws Error with what it printed where it failed
 */
export async function story(words: readonly string[], { env, pauses = {} }: StoryOptions = {}): Promise<Steps> {
  const [executable = '', ...args] = words;
  const child = spawn(executable, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const steps: Record<string, unknown> = {};
  try {
    for await (const text of createInterface({ input: child.stdout })) {
      const line = JSON.parse(text) as Line;
      if ('step' in line) steps[line.step] = line.value;
      else {
        const meanwhile = pauses[line.pause];
        if (meanwhile === undefined) throw new Error(`the test knows no pause ${line.pause}`);
        await meanwhile();
        child.stdin.write('\n');
      }
    }
  } catch (cause) {
    child.kill();
    await ended;
    throw new Error(`the story broke off after ${JSON.stringify(steps)}:\n${errors}`, { cause });
  }
  const code = await ended;
  if (code !== 0) throw new Error(`${executable} ended with ${code} after ${JSON.stringify(steps)}:\n${errors}`);
  return steps;
}
