/** Steps of guest work as the controller runs them: the words are src/guest/steps.ts, the scripts are scripts/. */
import {
  formatCommand,
  formatNotify,
  formatSetup,
  formatSetupStatus,
  type Layout,
  type SetupArguments,
  type StepName,
} from '../../guest/steps.ts';
import * as scripts from './scripts/index.ts';

/** All but those that only read for users. */
type ControllerStep = Exclude<StepName, 'kd-log'>;

const texts = {
  'kd-setup': scripts.setup,
  'kd-setup-status': scripts.setupStatus,
  'kd-write-configmeta': scripts.writeConfigmeta,
  'kd-notify': scripts.notify,
  'kd-health': scripts.health,
  'kd-init-progress': scripts.initProgress,
} as const satisfies Readonly<Record<ControllerStep, string>>;

/** One exec: what to run and how long it may take. */
export interface GuestStep {
  readonly name: ControllerStep;
  readonly args: readonly string[];
  readonly stdin?: string | Uint8Array;
  readonly timeoutMs: number;
  /** Where it may print more than an exec keeps by itself. */
  readonly maxOutputBytes?: number;
}

const timeoutMs = 30_000;
/** For getting into a container, and for ending a check that does not end by itself. */
const healthMarginSeconds = 20;

/**
 * The command of an exec.
 * @param term of the leader that asks for it
 * @param root stands in front of every path the script touches; only tests give one
 */
export function stepCommand(step: Pick<GuestStep, 'name' | 'args'>, term: string, root = ''): readonly string[] {
  const script = step.name === 'kd-setup' ? readScript(step.name, setupScript.length) : short(texts[step.name]);
  return formatCommand(`root='${root}' term=$1\nshift${script}`, step.name, { term, args: step.args });
}

/** Commands travel in the URL of their request. */
const short = (text: string): string => text.replace(/\n(\s*(#.*)?(?=\n))*\s*/g, '\n');

/** Longer than proxies take a URL to be: it comes first on standard input. Each character is one byte. */
const setupScript = Buffer.from(short(texts['kd-setup']), 'ascii');

/** bash reads no byte further than it is told to; what follows is the script's own input. */
const readScript = (name: StepName, bytes: number): string => `
LC_ALL=C IFS= read -rN ${bytes} script || { echo 'the script of ${name} arrived incomplete' >&2; exit 3; }
eval "$script"
`;

/** What a set-up is given: the contents, of which the arguments tell the lengths only. */
export interface SetupStep extends Omit<SetupArguments, 'documentBytes' | 'toolsBytes'> {
  /** configmeta.json */
  readonly document: string;
  /** The configcli package, for images without; absent: they get none. */
  readonly guestTools?: Uint8Array | undefined;
}

/** Two tails in base64, and the rest. */
const stateBytes = (tailBytes: number): number => 2 * Math.ceil(tailBytes / 3) * 4 + 8192;

/** A function for each step: its arguments, its standard input and its limits. */
export const guestSteps = {
  setup: (step: SetupStep): GuestStep => {
    const document = Buffer.from(step.document);
    const tools = step.guestTools ?? new Uint8Array();
    return {
      name: 'kd-setup',
      args: formatSetup({ ...step, documentBytes: document.length, toolsBytes: tools.length }),
      stdin: Buffer.concat([setupScript, document, tools]),
      timeoutMs,
      maxOutputBytes: stateBytes(step.tailBytes),
    };
  },
  setupStatus: (containerID: string, tailBytes: number): GuestStep => ({
    name: 'kd-setup-status',
    args: formatSetupStatus(containerID, tailBytes),
    timeoutMs,
    maxOutputBytes: stateBytes(tailBytes),
  }),
  writeConfigmeta: (layout: Layout, document: string): GuestStep => ({
    name: 'kd-write-configmeta',
    args: [layout, String(Buffer.byteLength(document))],
    stdin: document,
    timeoutMs,
  }),
  /** `limitSeconds` is how long the startscript may run. */
  notify: (containerID: string, id: string, limitSeconds: number, startscript: readonly string[]): GuestStep => ({
    name: 'kd-notify',
    args: formatNotify({ containerID, id, limitSeconds, startscript }),
    timeoutMs,
  }),
  /** `limitSeconds` is how long the check may take; less than the exec itself. */
  health: (limitSeconds: number): GuestStep => ({
    name: 'kd-health',
    args: [String(limitSeconds)],
    timeoutMs: (limitSeconds + healthMarginSeconds) * 1000,
  }),
  initProgress: (): GuestStep => ({ name: 'kd-init-progress', args: [], timeoutMs }),
};
