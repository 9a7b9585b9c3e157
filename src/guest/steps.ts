/**
 * The protocol between the controller and the inside of a container (domain: "Setting a member up"). Every exec is
 * `['/bin/bash', '--norc', '-pc', <script>, <step name>, <term>, ...args]`: the step's name is $0, so that whoever implements PodExec
 * by interpreting steps (the playground) need not read the script. All steps run in container `app`, but kd-init-progress
 * (container `init`). Exit 0 = done, with the output below; anything else = failed, stderr says why. The command of kd-setup has
 * no script but a line that reads it from standard input: it is too long for a URL, which commands travel in.
 * A step may be repeated at any time; what it leaves in the container decides what remains to do.
 *
 * Steps that change something leave the term of the leader that asked for them in `.setup.term`. A step of an earlier term
 * than the one there comes too late: it does nothing and exits with `supersededExit`. See `isSuperseded` in term.ts.
 *
 * | step                | args                                             | stdin          | standard output, and what it leaves             |
 * |---------------------|--------------------------------------------------|----------------|-------------------------------------------------|
 * | kd-setup            | containerID tail-bytes data layout (new｜old)     | the script,    | the state below. Begins the set-up in the       |
 * |                     | document-bytes tools-bytes systemd (yes｜no)      | document, the  | background, unless it runs or has ended in this |
 * |                     | configure (no, or its limit in seconds; after    | configcli pack.| container                                       |
 * |                     | anew: nothing of an earlier set-up counts)       |                |                                                 |
 * |                     | packageURL version                               |                |                                                 |
 * |                     | upgraded｜reverted｜no upgrade-id limit must (yes｜no) |            |                                                 |
 * |                     | {srcURL destDir mode owner group}… ('' = default) |                |                                                 |
 * | kd-setup-status     | containerID tail-bytes                           | –              | the state of the set-up, `key=value` a line:    |
 * |                     |                                                  |                | alive=yes｜no stage=<below> seconds=<in it>      |
 * |                     |                                                  |                | configure=<content of configure.status>         |
 * |                     |                                                  |                | configcli=present｜absent error=<base64>         |
 * |                     |                                                  |                | data=<as given to the set-up that wrote the file>|
 * |                     |                                                  |                | stdout=<base64 of the tail> stderr=<base64>     |
 * |                     |                                                  |                | moved=<option>=<exit status> of an upgrade's run|
 * | kd-write-configmeta | layout bytes                                     | document       | configmeta.json, replaced by rename             |
 * | kd-notify           | containerID id limit-seconds startscript-args…   | –              | starts it in the background or tells how it is: |
 * |                     |                                                  |                | `notify=running` `notify=busy` (another id is)  |
 * |                     |                                                  |                | `notify=<exit status>` (that id has ended),     |
 * |                     |                                                  |                | `stderr=<base64 of the tail>` if not 0          |
 * | kd-health           | limit-seconds                                    | –              | `health=<exit status>` of `--healthcheck`,      |
 * |                     |                                                  |                | `stderr=<base64 of the tail>` if not 0          |
 * | kd-init-progress    | –                                                | –              | the last line of the copy's progress, if any    |
 * | kd-log              | limit-bytes, an offset for each file of log.ts   | –              | `file=<offset> <base64>` for each file          |
 *
 * A notification's id is `<id>-<try>`: a try that has succeeded stands for all of that id.
 * startscript-args are those of startscript.ts. The scripts read the arguments by their place (after the term, $1…): who changes an
 * order here changes it in src/controller/guest/scripts too, and test/unit/controller runs them.
 * Stages of a set-up, in their order: '' (not begun), files (injections), systemd, tools (configmeta.json and configcli),
 * package, configure; it ends as `failed` (error says why), `ready` (nothing to run: the role leaves configure out, or an
 * earlier container ran it on the same volume), or with `configure=<this container>=<exit status>`.
 */
import type { UpgradeDirection } from './startscript.ts';

/**
 * A set-up in a container of another app than the one before (`upgraded`), or of the app before again (`reverted`): the
 * package is exchanged, and the startscript is called for that in the place of `--configure` (see scripts/upgrade.ts).
 */
export interface SetupUpgrade {
  readonly direction: UpgradeDirection;
  /** The same for all that belongs to one upgrade, its way back included: one word. */
  readonly id: string;
  /** Whether the set-up fails where the startscript does. */
  readonly mustSucceed: boolean;
}

/** All steps. */
export const stepNames = [
  'kd-setup',
  'kd-setup-status',
  'kd-write-configmeta',
  'kd-notify',
  'kd-health',
  'kd-init-progress',
  'kd-log',
] as const;

/** One of `stepNames`. */
export type StepName = (typeof stepNames)[number];

/** The command of an exec. @param term of the leader that asks for it, see term.ts */
export function formatCommand(
  script: string,
  name: StepName,
  { term, args }: { readonly term: string; readonly args: readonly string[] },
): readonly string[] {
  // -p: what the role's env says to bash itself (BASH_ENV, SHELLOPTS, exported functions) is not for these scripts.
  // --norc: bash reads ~/.bashrc where its standard input is a socket, as it may be in an exec.
  return ['/bin/bash', '--norc', '-pc', script, name, term, ...args];
}

/** The step of a command, by its name and not by its script. The name is undefined for any other command. */
export function parseCommand(command: readonly string[]): {
  readonly name: StepName | undefined;
  readonly term: string;
  readonly args: readonly string[];
} {
  const [, , , , word, term = '', ...args] = command;
  return { name: stepNames.find((one) => one === word), term, args };
}

/** Where a setup package expects its files: useNewSetupLayout of the app's configPackage, or not. */
export type Layout = 'new' | 'old';

/** One fileInjection of a role, as the set-up takes it. */
export interface FileInjectionStep {
  readonly srcURL: string;
  readonly destDir: string;
  /** As chmod takes it; '' for 644. */
  readonly mode: string;
  /** As chown takes it; '' to leave it. */
  readonly owner: string;
  /** As chgrp takes it; '' to leave it. */
  readonly group: string;
}

/** The arguments of kd-setup. */
export interface SetupArguments {
  readonly containerID: string;
  /** Of the startscript's output, and of its errors, where it failed. */
  readonly tailBytes: number;
  /** Which contents the document has, in a word that comes back with the state of the set-up that wrote it. */
  readonly data: string;
  readonly layout: Layout;
  /** The length of configmeta.json, which comes first on standard input. */
  readonly documentBytes: number;
  /** The length of the configcli package, which follows it; 0: there is none. */
  readonly toolsBytes: number;
  /** Whether systemd in the container must answer first. */
  readonly systemd: boolean;
  /** Seconds that `startscript --configure` may run; undefined: it is left out. */
  readonly configureLimit: number | undefined;
  /** Whether the package and the set-up of an earlier container on the same volume count for nothing. */
  readonly anew?: boolean;
  readonly packageURL: string;
  /** Tells what the container takes from the app, the package included, from what others take: one word. */
  readonly version: string;
  /** Undefined: whatever package is there stays. */
  readonly upgrade: SetupUpgrade | undefined;
  /** Seconds that a run about an upgrade may take. */
  readonly upgradeLimit: number;
  readonly injections: readonly FileInjectionStep[];
}

const anew = 'anew:';

/** In the order of the table above. */
export function formatSetup(step: SetupArguments): readonly string[] {
  return [
    ...[step.containerID, String(step.tailBytes), step.data, step.layout],
    ...[String(step.documentBytes), String(step.toolsBytes)],
    ...[step.systemd ? 'yes' : 'no', `${step.anew === true ? anew : ''}${step.configureLimit ?? 'no'}`],
    ...[step.packageURL, step.version],
    ...[step.upgrade?.direction ?? 'no', step.upgrade?.id ?? '', String(step.upgradeLimit)],
    step.upgrade?.mustSucceed === true ? 'yes' : 'no',
    ...step.injections.flatMap(({ srcURL, destDir, mode, owner, group }) => [srcURL, destDir, mode, owner, group]),
  ];
}

function parseUpgrade(args: readonly string[]): SetupUpgrade | undefined {
  const [direction, id = '', , must] = args.slice(10);
  return direction === 'upgraded' || direction === 'reverted'
    ? { direction, id, mustSucceed: must === 'yes' }
    : undefined;
}

/** Reads what `formatSetup` writes. */
export function parseSetup(args: readonly string[]): SetupArguments {
  const [containerID = '', tailBytes, data = '', layout, documentBytes, toolsBytes, systemd, run = ''] = args;
  const isAnew = run.startsWith(anew);
  const configure = isAnew ? run.slice(anew.length) : run;
  const injections: FileInjectionStep[] = [];
  for (let at = 14; at < args.length; at += 5) {
    const [srcURL = '', destDir = '', mode = '', owner = '', group = ''] = args.slice(at, at + 5);
    injections.push({ srcURL, destDir, mode, owner, group });
  }
  return {
    ...{ containerID, tailBytes: Number(tailBytes ?? 0), data, layout: layout === 'new' ? 'new' : 'old' },
    ...{ documentBytes: Number(documentBytes ?? 0), toolsBytes: Number(toolsBytes ?? 0), systemd: systemd === 'yes' },
    configureLimit: configure === 'no' ? undefined : Number(configure),
    ...(isAnew ? { anew: true } : {}),
    packageURL: args[8] ?? '',
    version: args[9] ?? '',
    upgrade: parseUpgrade(args),
    upgradeLimit: Number(args[12] ?? 0),
    injections,
  };
}

/** The arguments of kd-setup-status. */
export function formatSetupStatus(containerID: string, tailBytes: number): readonly string[] {
  return [containerID, String(tailBytes)];
}

/** Reads what `formatSetupStatus` writes. */
export function parseSetupStatus([containerID = '', tailBytes]: readonly string[]): {
  readonly containerID: string;
  readonly tailBytes: number;
} {
  return { containerID, tailBytes: Number(tailBytes ?? 0) };
}

/** The arguments of kd-notify. */
export interface NotifyArguments {
  readonly containerID: string;
  /** `<id>-<try>` */
  readonly id: string;
  /** How long the startscript may run. */
  readonly limitSeconds: number;
  /** What the startscript is called with. */
  readonly startscript: readonly string[];
}

/** In the order of the table above. */
export function formatNotify({ containerID, id, limitSeconds, startscript }: NotifyArguments): readonly string[] {
  return [containerID, id, String(limitSeconds), ...startscript];
}

/** Reads what `formatNotify` writes. */
export function parseNotify([containerID = '', id = '', limit, ...startscript]: readonly string[]): NotifyArguments {
  return { containerID, id, limitSeconds: Number(limit ?? 0), startscript };
}
