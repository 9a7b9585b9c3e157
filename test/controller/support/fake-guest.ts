/** Containers that answer the guest steps as src/controller/guest/steps.ts describes them. */
import {
  ContainerGoneError,
  ExecUnavailableError,
  type ExecTarget,
  type PodExec,
} from '../../../src/clients/contract.ts';
import type { Pod } from '../../../src/apis/kubernetes/types.ts';
import type { Lister } from '../../../src/clients/contract.ts';

export interface Run {
  readonly pod: string;
  readonly step: string;
  readonly args: readonly string[];
}

interface Container {
  configure: string;
  startscript: boolean;
  readyIn: string;
  data: string;
  document: string;
  /** Which app the package is of; '' where nobody knows. */
  version: string;
  /** The upgrade before which a package is kept. */
  backup: string;
  /** The run about an upgrade, and its exit status. */
  moved: string;
}

export interface FakeGuest extends PodExec {
  readonly runs: Run[];
  /** Exit status of `startscript --configure` by pod; 0 where absent, 'running' goes on until that changes. */
  readonly configureExit: Map<string, number | 'running'>;
  /** What startscripts were called with in set-ups, as "pod option". */
  readonly calls: string[];
  /** Exit status of `--pod_upgraded` and `--pod_reverted` by pod; 0 where absent. */
  readonly moveExit: Map<string, number>;
  /** How often a pod refuses notifications of these events, whatever else it takes. */
  readonly refusedEvents: Set<string>;
  /** Pods whose notifications never end. */
  readonly deaf: Set<string>;
  /** Whether images contain configcli. */
  configcli: 'present' | 'absent';
  /** Seconds that a set-up has been in its stage. */
  seconds: number;
  /** How many notifications a pod refuses before it takes one. */
  readonly refusals: Map<string, number>;
  /** By pod: what `startscript --healthcheck` says is wrong; 'out of reach': no command gets in. */
  readonly ill: Map<string, string>;
  /** Files that outlive a container. */
  readonly persistent: Set<string>;
  /** What the init container says of its copying. */
  progress: string;
  document(pod: string): unknown;
  notified(pod: string): string[];
}

export function createFakeGuest(pods: Lister<Pod>): FakeGuest {
  const containers = new Map<string, Container>();
  const runs: Run[] = [];
  const configureExit = new Map<string, number | 'running'>();
  const calls: string[] = [];
  const moveExit = new Map<string, number>();
  const refusedEvents = new Set<string>();
  const deaf = new Set<string>();
  const refusals = new Map<string, number>();
  const persistent = new Set<string>();
  const ill = new Map<string, string>();
  const keyOf = ({ name, containerID }: ExecTarget): string => (persistent.has(name) ? name : containerID);

  function container(target: ExecTarget): Container {
    const fresh = {
      configure: '',
      startscript: false,
      readyIn: '',
      data: '',
      document: '',
      version: '',
      backup: '',
      moved: '',
    };
    const found = containers.get(keyOf(target)) ?? fresh;
    containers.set(keyOf(target), found);
    return found;
  }

  /** A run ends once the test no longer says 'running'. */
  function endConfigure({ name, containerID }: ExecTarget, inside: Container): void {
    const exit = configureExit.get(name) ?? 0;
    if (inside.configure === `${containerID}=` && exit !== 'running') inside.configure += String(exit);
  }

  /** What is to be called, as scripts/upgrade.ts has it. */
  function exchange(inside: Container, [version = '', direction, id = '']: readonly string[]): string {
    const isOther = inside.version !== version;
    const isSetUp = inside.readyIn !== '' || inside.configure.endsWith('=0');
    let option = '--configure';
    if (!inside.startscript) inside.version = version;
    else if (direction === 'upgraded' && isOther) {
      if (isSetUp) inside.backup = id;
      if (inside.backup === id) option = '--pod_upgraded';
      Object.assign(inside, { version, configure: '' });
    } else if (direction === 'reverted' && inside.backup === id) {
      option = '--pod_reverted';
      Object.assign(inside, { version, configure: '', backup: '' });
    } else if (direction === 'reverted' && isOther && inside.version !== '') {
      Object.assign(inside, { version, configure: '' });
    }
    return option;
  }

  function moveExitOf(pod: string, option: string, must: string | undefined, inside: Container): number {
    const code = moveExit.get(pod) ?? 0;
    inside.moved = `moved=${option}=${code}\n`;
    return must === 'yes' ? code : 0;
  }

  function state({ configure, readyIn, data, moved }: Container, id: string): string {
    const stage = readyIn === id ? 'ready' : 'configure';
    const tails = `stdout=${btoa('out')}\nstderr=${btoa('err')}\n`;
    return `alive=yes\nstage=${stage}\nseconds=${guest.seconds}\nconfigure=${configure}\nconfigcli=${guest.configcli}\nerror=\ndata=${data}\n${tails}${moved}`;
  }

  function answer(target: ExecTarget, step: string, args: readonly string[], stdin: string): string {
    const inside = container(target);
    switch (step) {
      case 'kd-setup': {
        const [id = '', , data = '', , documentBytes, toolsBytes, , configure] = args;
        if (!inside.configure.startsWith(`${id}=`) && inside.readyIn !== id) {
          const input = Buffer.from(stdin);
          const end = input.length - Number(toolsBytes);
          inside.document = input.subarray(end - Number(documentBytes), end).toString();
          const option = exchange(inside, args.slice(9));
          const isDone = configure === 'no' || (inside.startscript && inside.configure.endsWith('=0'));
          inside.moved = '';
          const exit =
            option === '--configure'
              ? (configureExit.get(target.name) ?? 0)
              : moveExitOf(target.name, option, args[13], inside);
          if (!isDone) calls.push(`${target.name} ${option}`);
          inside.startscript = true;
          inside.data = data;
          if (isDone) inside.readyIn = id;
          else inside.configure = `${id}=${exit === 'running' ? '' : exit}`;
        }
        return state(inside, id);
      }
      case 'kd-setup-status':
        endConfigure(target, inside);
        return state(inside, args[0] ?? '');
      case 'kd-write-configmeta':
        inside.document = stdin;
        return '';
      case 'kd-notify': {
        if (deaf.has(target.name)) return 'notify=running\n';
        if (refusedEvents.has(`${target.name} ${args[3] ?? ''}`)) return 'notify=10\n';
        const left = refusals.get(target.name) ?? 0;
        if (left > 0) refusals.set(target.name, left - 1);
        return `notify=${left > 0 ? 10 : 0}\n`;
      }
      case 'kd-health': {
        const words = ill.get(target.name);
        return words === undefined ? 'health=0\n' : `health=1\nstderr=${btoa(words)}\n`;
      }
      default:
        return '';
    }
  }

  const guest: FakeGuest = {
    runs,
    progress: '',
    configureExit,
    ...{ calls, moveExit, refusedEvents },
    ...{ deaf, seconds: 0, configcli: 'present' },
    refusals,
    ill,
    persistent,
    document(pod) {
      const id = pods.list().find(({ metadata }) => metadata.name === pod)?.status?.containerStatuses?.[0]?.containerID;
      return JSON.parse(containers.get(persistent.has(pod) ? pod : (id ?? ''))?.document ?? 'null') as unknown;
    },
    notified: (pod) =>
      runs.filter((run) => run.pod === pod && run.step === 'kd-notify').map(({ args }) => args.slice(3).join(' ')),
    async exec(target, command, options = {}) {
      await Promise.resolve();
      const { initContainerStatuses = [], containerStatuses = [] } =
        pods.get(target.namespace, target.name)?.status ?? {};
      const ids = [...initContainerStatuses, ...containerStatuses].map(({ containerID }) => containerID);
      if (!ids.includes(target.containerID)) throw new ContainerGoneError(target);
      const [, , , , step = '', , ...args] = command;
      if (step === 'kd-init-progress') return { exitCode: 0, stdout: guest.progress, stderr: '' };
      if (step === 'kd-health' && ill.get(target.name) === 'out of reach') throw new ExecUnavailableError(target);
      runs.push({ pod: target.name, step, args });
      const stdin = Buffer.from(options.stdin ?? '').toString();
      return { exitCode: 0, stdout: answer(target, step, args, stdin), stderr: '' };
    },
  };
  return guest;
}
