/**
 * The protocol between the controller and the inside of a container (domain: "Setting a member up"). Every exec is
 * `['/bin/bash', '-c', <script>, <step name>, ...args]`: the step's name is $0, so that whoever implements PodExec by
 * interpreting steps (the playground) need not read the script. All steps run in container `app`, but kd-init-progress
 * (container `init`). Exit 0 = done, with the output below; anything else = failed, stderr says why.
 * A step may be repeated at any time; what it leaves in the container decides what remains to do.
 *
 * | step                 | args                                            | stdin    | standard output, and what it leaves                        |
 * |----------------------|-------------------------------------------------|----------|------------------------------------------------------------|
 * | kd-probe             | –                                               | –        | three lines: `configure=<content of configure.status>`     |
 * |                      |                                                 |          | `startscript=present｜absent` `configcli=present｜absent`    |
 * | kd-inject-file       | srcURL destDir mode owner group ('' = default)  | –        | the file in destDir under the URL's last path segment      |
 * | kd-systemd           | –                                               | –        | exit 0 once systemd answers, else ≠ 0: asked again         |
 * | kd-write-configmeta  | layout (new｜old) bytes                          | document | /etc/guestconfig/configmeta.json, replaced by rename       |
 * | kd-install-configcli | layout                                          | .tgz     | configcli and its links                                    |
 * | kd-link-configcli    | layout                                          | –        | the links again (harmless where there is no configcli)     |
 * | kd-fetch-package     | packageURL                                      | –        | /opt/guestconfig emptied, then holding the unpacked package|
 * | kd-start-configure   | containerID                                     | –        | configure.status `<containerID>=`; runs on in background;  |
 * |                      |                                                 |          | at its end `<containerID>=<exit status>`. No-op if started |
 * | kd-configure-status  | tail bytes                                      | –        | four lines: `alive=yes｜no` `configure=<configure.status>`  |
 * |                      |                                                 |          | `stdout=<base64 of the tail>` `stderr=<base64>`            |
 * | kd-notify            | containerID id limit-seconds startscript-args…  | –        | starts it in the background or tells how it stands:        |
 * |                      |                                                 |          | `notify=running` `notify=busy` (another id runs)           |
 * |                      |                                                 |          | `notify=<exit status>` (that id has ended)                 |
 * | kd-init-progress     | –                                               | –        | the last line of the copy's progress, or nothing           |
 *
 * startscript-args are `--addnodes|--delnodes --nodegroup 1 --role R --fqdns F,F…` or `--reconnect`.
 * The order of a set-up: kd-probe; kd-inject-file for each; kd-systemd until 0 (if systemdRequired);
 * kd-write-configmeta; kd-install-configcli or kd-link-configcli; kd-fetch-package unless the startscript is present;
 * kd-start-configure, then kd-configure-status with growing pauses. A probe that shows `configure=<this container>=…`
 * goes on from there; one that shows `configure=<another container>=0` (persistent storage) skips the configure run.
 */
import * as scripts from './scripts.ts';

const texts = {
  'kd-probe': scripts.probe,
  'kd-inject-file': scripts.injectFile,
  'kd-systemd': scripts.systemd,
  'kd-write-configmeta': scripts.writeConfigmeta,
  'kd-install-configcli': scripts.installConfigcli,
  'kd-link-configcli': scripts.linkConfigcli,
  'kd-fetch-package': scripts.fetchPackage,
  'kd-start-configure': scripts.startConfigure,
  'kd-configure-status': scripts.configureStatus,
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
}

export type Layout = 'new' | 'old';

const quick = 30_000;
const download = 25 * 60_000;

/** The command of an exec. `root` stands in front of every path the script touches; only tests give one. */
export function stepCommand(step: Pick<GuestStep, 'name' | 'args'>, root = ''): readonly string[] {
  return ['/bin/bash', '-c', `root='${root}'\n${texts[step.name]}`, step.name, ...step.args];
}

export interface FileInjectionStep {
  readonly srcURL: string;
  readonly destDir: string;
  /** As chmod takes it; '' for 644. */
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
}

/** One constructor a step, so that the order of arguments is known in this file only. */
export const guestSteps = {
  probe: (): GuestStep => ({ name: 'kd-probe', args: [], timeoutMs: quick }),
  injectFile: ({ srcURL, destDir, mode, owner, group }: FileInjectionStep): GuestStep => ({
    name: 'kd-inject-file',
    args: [srcURL, destDir, mode, owner, group],
    timeoutMs: download,
  }),
  systemd: (): GuestStep => ({ name: 'kd-systemd', args: [], timeoutMs: quick }),
  writeConfigmeta: (layout: Layout, document: string): GuestStep => ({
    name: 'kd-write-configmeta',
    args: [layout, String(Buffer.byteLength(document))],
    stdin: document,
    timeoutMs: quick,
  }),
  installConfigcli: (layout: Layout, archive: Uint8Array): GuestStep => ({
    name: 'kd-install-configcli',
    args: [layout],
    stdin: archive,
    timeoutMs: 10 * 60_000,
  }),
  linkConfigcli: (layout: Layout): GuestStep => ({ name: 'kd-link-configcli', args: [layout], timeoutMs: quick }),
  fetchPackage: (url: string): GuestStep => ({ name: 'kd-fetch-package', args: [url], timeoutMs: download }),
  startConfigure: (containerID: string): GuestStep => ({
    name: 'kd-start-configure',
    args: [containerID],
    timeoutMs: quick,
  }),
  configureStatus: (tailBytes: number): GuestStep => ({
    name: 'kd-configure-status',
    args: [String(tailBytes)],
    timeoutMs: quick,
  }),
  /** `limitSeconds` is how long the startscript may run. */
  notify: (containerID: string, id: string, limitSeconds: number, args: readonly string[]): GuestStep => ({
    name: 'kd-notify',
    args: [containerID, id, String(limitSeconds), ...args],
    timeoutMs: quick,
  }),
  initProgress: (): GuestStep => ({ name: 'kd-init-progress', args: [], timeoutMs: quick }),
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
