/**
 * The protocol between the controller and the inside of a container (domain: "Setting a member up"). Every exec is
 * `['/bin/bash', '-pc', <script>, <step name>, ...args]`: the step's name is $0, so that whoever implements PodExec by
 * interpreting steps (the playground) need not read the script. All steps run in container `app`, but kd-init-progress
 * (container `init`). Exit 0 = done, with the output below; anything else = failed, stderr says why.
 * A step may be repeated at any time; what it leaves in the container decides what remains to do.
 *
 * | step                | args                                             | stdin          | standard output, and what it leaves             |
 * |---------------------|--------------------------------------------------|----------------|-------------------------------------------------|
 * | kd-setup            | containerID tail-bytes data layout (new｜old)     | document, then | the state below. Begins the set-up in the       |
 * |                     | document-bytes tools-bytes systemd (yes｜no)      | the configcli  | background, unless it runs or has ended in this |
 * |                     | configure (no, or its limit in seconds)          | package        | container                                       |
 * |                     | packageURL                                       |                |                                                 |
 * |                     | {srcURL destDir mode owner group}… ('' = default) |                |                                                 |
 * | kd-setup-status     | containerID tail-bytes                           | –              | the state of the set-up, `key=value` a line:    |
 * |                     |                                                  |                | alive=yes｜no stage=<below> seconds=<in it>      |
 * |                     |                                                  |                | configure=<content of configure.status>         |
 * |                     |                                                  |                | configcli=present｜absent error=<base64>         |
 * |                     |                                                  |                | data=<as given to the set-up that wrote the file>|
 * |                     |                                                  |                | stdout=<base64 of the tail> stderr=<base64>     |
 * | kd-write-configmeta | layout bytes                                     | document       | configmeta.json, replaced by rename             |
 * | kd-notify           | containerID id limit-seconds startscript-args…   | –              | starts it in the background or tells how it is: |
 * |                     |                                                  |                | `notify=running` `notify=busy` (another id is)  |
 * |                     |                                                  |                | `notify=<exit status>` (that id has ended),     |
 * |                     |                                                  |                | `stderr=<base64 of the tail>` if not 0          |
 * | kd-init-progress    | –                                                | –              | the last line of the copy's progress, if any    |
 *
 * A notification's id is `<id>-<try>`: a try that has succeeded stands for all of that id.
 * startscript-args are `--addnodes|--delnodes --nodegroup 1 --role R --fqdns F,F…` or `--reconnect`.
 * Stages of a set-up, in their order: '' (not begun), files (injections), systemd, tools (configmeta.json and configcli),
 * package, configure; it ends as `failed` (error says why), `ready` (nothing to run: the role leaves configure out, or an
 * earlier container ran it on the same volume), or with `configure=<this container>=<exit status>`.
 */
import * as scripts from './scripts/index.ts';

const texts = {
  'kd-setup': scripts.setup,
  'kd-setup-status': scripts.setupStatus,
  'kd-write-configmeta': scripts.writeConfigmeta,
  'kd-notify': scripts.notify,
  'kd-init-progress': scripts.initProgress,
} as const;

export type StepName = keyof typeof texts;

export const stepNames = Object.keys(texts) as readonly StepName[];

/** One exec: what to run and how long it may take. */
export interface GuestStep {
  readonly name: StepName;
  readonly args: readonly string[];
  readonly stdin?: string | Uint8Array;
  readonly timeoutMs: number;
  /** Where it may print more than an exec keeps by itself. */
  readonly maxOutputBytes?: number;
}

export type Layout = 'new' | 'old';

const timeoutMs = 30_000;

/** The command of an exec. `root` stands in front of every path the script touches; only tests give one. */
export function stepCommand(step: Pick<GuestStep, 'name' | 'args'>, root = ''): readonly string[] {
  // -p: what the role's env says to bash itself (BASH_ENV, SHELLOPTS, exported functions) is not for these scripts.
  return ['/bin/bash', '-pc', `root='${root}'${short(texts[step.name])}`, step.name, ...step.args];
}

/** Commands travel in the URL of their request. */
const short = (text: string): string => text.replace(/\n(\s*(#.*)?(?=\n))*\s*/g, '\n');

export interface FileInjectionStep {
  readonly srcURL: string;
  readonly destDir: string;
  /** As chmod takes it; '' for 644. */
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
}

export interface SetupStep {
  readonly containerID: string;
  /** Of the startscript's output, and of its errors, where it failed. */
  readonly tailBytes: number;
  /** Which contents the document has, in a word that comes back with the state of the set-up that wrote it. */
  readonly data: string;
  readonly layout: Layout;
  /** configmeta.json */
  readonly document: string;
  /** The configcli package, for images without; absent: they get none. */
  readonly guestTools?: Uint8Array | undefined;
  readonly systemd: boolean;
  /** Seconds that its run may take; undefined: it is left out. */
  readonly configureLimit: number | undefined;
  readonly packageURL: string;
  readonly injections: readonly FileInjectionStep[];
}

/** Two tails in base64, and the rest. */
const stateBytes = (tailBytes: number): number => 2 * Math.ceil(tailBytes / 3) * 4 + 8192;

/** One constructor a step, so that the order of arguments is known in this file only. */
export const guestSteps = {
  setup: (step: SetupStep): GuestStep => {
    const document = Buffer.from(step.document);
    const tools = step.guestTools ?? new Uint8Array();
    return {
      name: 'kd-setup',
      args: [
        ...[step.containerID, String(step.tailBytes), step.data, step.layout],
        ...[String(document.length), String(tools.length)],
        ...[step.systemd ? 'yes' : 'no', String(step.configureLimit ?? 'no'), step.packageURL],
        ...step.injections.flatMap(({ srcURL, destDir, mode, owner, group }) => [srcURL, destDir, mode, owner, group]),
      ],
      stdin: Buffer.concat([document, tools]),
      timeoutMs,
      maxOutputBytes: stateBytes(step.tailBytes),
    };
  },
  setupStatus: (containerID: string, tailBytes: number): GuestStep => ({
    name: 'kd-setup-status',
    args: [containerID, String(tailBytes)],
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
  notify: (containerID: string, id: string, limitSeconds: number, args: readonly string[]): GuestStep => ({
    name: 'kd-notify',
    args: [containerID, id, String(limitSeconds), ...args],
    timeoutMs,
  }),
  initProgress: (): GuestStep => ({ name: 'kd-init-progress', args: [], timeoutMs }),
};

/** `key=value` lines as the steps print them; a line without `=` is skipped. */
export function parseLines(stdout: string): ReadonlyMap<string, string> {
  const lines = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) lines.set(line.slice(0, at), line.slice(at + 1));
  }
  return lines;
}

/** configure.status: `<containerID>=` while the run lasts, `<containerID>=<exit status>` after. Undefined for ''. */
export function parseConfigureStatus(content: string): { containerID: string; exitCode?: number } | undefined {
  const at = content.lastIndexOf('=');
  if (at <= 0) return undefined;
  const code = content.slice(at + 1);
  return { containerID: content.slice(0, at), ...(/^\d+$/.test(code) ? { exitCode: Number(code) } : {}) };
}

/** The text behind a base64 tail; bytes that are no UTF-8 become U+FFFD. */
export function decodeTail(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString('utf8');
}
