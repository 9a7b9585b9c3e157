/** What clients asked and got, and the judgement of it by a Go program. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from '../../support/command.ts';

/** One request about one object. Every write has a value of its own; '' is the value of an object that does not exist. */
export interface Operation {
  readonly client: number;
  /** Nanoseconds, by one clock for all. */
  readonly call: number;
  readonly return: number;
  readonly op: 'get' | 'create' | 'update' | 'delete';
  readonly key: string;
  /** The value that the object must have for an update or a deletion. */
  readonly expected?: string;
  readonly value?: string;
  /** unknown: nobody can say whether it was carried out. */
  readonly outcome: 'done' | 'refused' | 'unknown';
  /** The resourceVersion that a write was answered with. */
  readonly version?: string | undefined;
  /** The value that a get has found. */
  readonly found?: string;
}

interface Judgement {
  readonly result: 'Ok' | 'Illegal' | 'Unknown';
  readonly operations: number;
  /** A page that shows what cannot be explained; '' if everything can. */
  readonly picture: string;
}

/** Judges histories with porcupine. */
export interface Judge {
  judge(history: readonly Operation[]): Promise<Judgement>;
  stop(): Promise<void>;
}

/** @throws Error if there is no Go, or if the module cannot be fetched */
export async function buildJudge(): Promise<Judge> {
  const folder = await mkdtemp(join(tmpdir(), 'kubedirector-linearizable-'));
  const binary = join(folder, 'linearizable');
  const built = await command(['build', '-o', binary, '.'], { executable: 'go', cwd: import.meta.dirname }).ended;
  if (built.code !== 0) throw new Error(`the Go program was not built:\n${built.stdout}${built.stderr}`);
  return {
    async judge(history) {
      const file = join(tmpdir(), `history-${process.pid}-${Date.now()}.jsonl`);
      await writeFile(file, history.map((one) => `${JSON.stringify(one)}\n`).join(''));
      const { stdout, stderr, code } = await command([file], { executable: binary }).ended;
      if (code === 2 || stdout === '') throw new Error(`the judge failed: ${stderr}`);
      const judgement = JSON.parse(stdout) as Judgement;
      // Kept if it is needed to find out why.
      if (judgement.result === 'Ok') await rm(file);
      return judgement;
    },
    stop: () => rm(folder, { recursive: true }),
  };
}
