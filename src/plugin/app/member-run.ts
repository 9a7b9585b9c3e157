/** One member in its sandbox: set up and told of events by the very scripts that the controller runs in containers. */
import { readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { guestSteps, stepCommand, type GuestStep } from '../../controller/guest/steps.ts';
import { parseNotifyAnswer, parseSetupState } from '../../guest/answers.ts';
import { configureStderrFile, configureStdoutFile } from '../../guest/files.ts';
import { packageFolder } from '../../apis/kubedirector/guest-paths.ts';
import type { Sandbox } from './sandbox.ts';
import type { SimulatedMember } from './simulated.ts';

/** How an event has ended. */
export interface EventEnd {
  /** Undefined where the startscript did not begin. */
  readonly exitCode: number | undefined;
  /** The end of what it printed, both outputs; or why it did not begin. */
  readonly lines: readonly string[];
}

/** What every member of a run has in common. */
interface MemberRunOptions {
  readonly guestTools: Uint8Array | undefined;
  /** Inside the sandbox: `file:///…`. */
  readonly packageURL: string;
  /** How long a startscript may run. */
  readonly limitSeconds: number;
}

/** A member that can be set up and told things. */
export interface MemberRun {
  readonly member: SimulatedMember;
  configure(document: string): Promise<EventEnd>;
  refresh(document: string): Promise<void>;
  notify(args: readonly string[]): Promise<EventEnd>;
  close(): Promise<void>;
}

const containerID = 'local';
const term = '1@local';
const tailBytes = 4096;
const pollMs = 50;
const maxLines = 8;

/** @param root the sandbox's root, for what the scripts leave in files */
export function createMemberRun(
  member: SimulatedMember,
  sandbox: Sandbox,
  root: string,
  { guestTools, packageURL, limitSeconds }: MemberRunOptions,
): MemberRun {
  const { layout } = member.role;
  let notifications = 0;
  const run = async (step: GuestStep): Promise<string> => {
    const { exitCode, stdout, stderr } = await sandbox.run(stepCommand(step, term), step.stdin ?? '');
    if (exitCode !== 0) throw new Error(`${step.name} failed with exit status ${exitCode}: ${stderr.trim()}`);
    return stdout;
  };
  const read = (file: string): string => (existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '');
  return {
    member,
    close: () => sandbox.close(),
    async configure(document) {
      let state = parseSetupState(
        await run(
          guestSteps.setup({
            ...{ containerID, tailBytes, data: '1:', layout, systemd: false, configureLimit: limitSeconds },
            ...{ packageURL, version: '', upgrade: undefined, upgradeLimit: limitSeconds, injections: [] },
            ...{ document, guestTools },
          }),
        ),
      );
      while (state.configure?.exitCode === undefined && state.stage !== 'failed') {
        if (!state.alive && state.stage !== '') return { exitCode: undefined, lines: ['the set-up was killed'] };
        await setTimeout(pollMs);
        state = parseSetupState(await run(guestSteps.setupStatus(containerID, tailBytes)));
      }
      if (state.configure?.exitCode === undefined) return { exitCode: undefined, lines: [state.error] };
      return {
        exitCode: state.configure.exitCode,
        lines: lastLines(read(configureStdoutFile), read(configureStderrFile)),
      };
    },
    async refresh(document) {
      await run(guestSteps.writeConfigmeta(layout, document));
    },
    async notify(args) {
      notifications += 1;
      const step = guestSteps.notify(containerID, `${notifications}-1`, limitSeconds, args);
      let answer = parseNotifyAnswer(await run(step));
      while (typeof answer === 'string') {
        await setTimeout(pollMs);
        answer = parseNotifyAnswer(await run(step));
      }
      const [stdout, stderr] = ['notify.stdout', 'notify.stderr'].map((name) => read(`${packageFolder}/${name}`));
      return { exitCode: answer.exitCode, lines: lastLines(stdout ?? '', stderr ?? '') };
    },
  };
}

const lastLines = (stdout: string, stderr: string): string[] =>
  `${stdout}\n${stderr}`
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-maxLines);
