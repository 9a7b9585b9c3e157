/** What a user can do to a cluster: first the plan, then the change. */
import type { ClusterPlan, KubeDirectorCluster } from '../apis/kubedirector/types.ts';
import { ApiError } from '../live/api.ts';
import type { Api } from './api.ts';
import { collection } from './route.ts';
import { plainLines } from '../view/plain-text.ts';

/** An action that waits for a yes. */
export interface Proposal {
  readonly title: string;
  /** What will happen, a sentence each; undefined while the server is asked. */
  readonly plan: readonly string[] | undefined;
  readonly refused: boolean;
  /** It was confirmed, and the server has not answered yet. */
  readonly running: boolean;
  /** What went wrong when it was done. */
  readonly problem: string;
  readonly button: string;
  readonly run: () => Promise<unknown>;
  /** Said once it is done. */
  readonly done: string;
}

/** Asks, then does. */
export interface Actions {
  readonly proposal: Proposal | undefined;
  scale(cluster: KubeDirectorCluster, role: string, members: number): void;
  upgrade(cluster: KubeDirectorCluster, app: string): void;
  call(cluster: KubeDirectorCluster, action: 'restart' | 'suspend' | 'resume'): void;
  confirm(): Promise<void>;
  cancel(): void;
}

/** Nothing is known to stand in the way, and nothing is done yet. */
const asked = { refused: false, running: false, problem: '' };

const calls = {
  restart: {
    button: 'Restart',
    says: 'All members are restarted, as the update strategy says.',
    done: 'Restart asked for.',
  },
  suspend: { button: 'Suspend', says: 'All members stop. Volumes, Services and names stay.', done: 'Suspending.' },
  resume: { button: 'Resume', says: 'All members start again.', done: 'Resuming.' },
};

/** @param announce says what became of an action */
export function createActions(api: Api, changed: () => void, announce: (text: string) => void): Actions {
  return new Proposals(api, changed, announce);
}

class Proposals implements Actions {
  proposal: Proposal | undefined;
  readonly #api: Api;
  readonly #changed: () => void;
  readonly #announce: (text: string) => void;

  constructor(api: Api, changed: () => void, announce: (text: string) => void) {
    this.#api = api;
    this.#changed = changed;
    this.#announce = announce;
  }

  scale(cluster: KubeDirectorCluster, role: string, members: number): void {
    const { namespace = '', name = '' } = cluster.metadata;
    const roles = cluster.spec.roles.map((one) => (one.id === role ? { ...one, members } : one));
    const view = encodeURIComponent(`${name}.${role}`);
    const path = `${collection('kubedirectorroles', namespace)}/${view}/scale`;
    this.#propose(
      {
        title: `Scale ${role} of ${namespace}/${name} to ${members}`,
        button: 'Scale',
        run: () => this.#api.json(path, { method: 'PATCH', body: { spec: { replicas: members } } }),
        done: `${role} is scaled to ${members}.`,
      },
      { ...cluster, spec: { ...cluster.spec, roles } },
    );
  }

  upgrade(cluster: KubeDirectorCluster, app: string): void {
    this.#propose(
      {
        title: `Upgrade ${nameOf(cluster)} to ${app}`,
        button: 'Upgrade',
        run: () => this.#api.json(pathOf(cluster), { method: 'PATCH', body: { spec: { app } } }),
        done: `The upgrade to ${app} begins.`,
      },
      { ...cluster, spec: { ...cluster.spec, app } },
    );
  }

  call(cluster: KubeDirectorCluster, action: 'restart' | 'suspend' | 'resume'): void {
    const { button, says, done } = calls[action];
    const run = () => this.#api.json(`${pathOf(cluster)}/${action}`, { method: 'POST', body: {} });
    const title = `${button} ${nameOf(cluster)}`;
    this.#show({ title, button, run, done, plan: [says], ...asked });
  }

  cancel(): void {
    this.#show(undefined);
  }

  async confirm(): Promise<void> {
    const { proposal } = this;
    if (proposal === undefined || proposal.running) return;
    const running = { ...proposal, running: true, problem: '' };
    this.#show(running);
    try {
      await running.run();
      if (this.proposal === running) this.#show(undefined);
      this.#announce(running.done);
    } catch (error) {
      const problem = messageOf(error);
      if (this.proposal === running) this.#show({ ...proposal, problem });
      else this.#announce(`${running.title}: ${problem}`);
    }
  }

  #propose(given: Pick<Proposal, 'title' | 'button' | 'run' | 'done'>, next: KubeDirectorCluster): void {
    const proposal: Proposal = { ...given, plan: undefined, ...asked };
    this.#show(proposal);
    void this.#plan(next).then((plan) => {
      if (this.proposal === proposal) this.#show({ ...proposal, ...plan });
    });
  }

  async #plan(next: KubeDirectorCluster): Promise<Pick<Proposal, 'plan' | 'refused' | 'problem'>> {
    try {
      const { changes } = await this.#api.json<ClusterPlan>(`${pathOf(next)}/plan`, { method: 'POST', body: next });
      const plan = changes.map(({ message }) => plainLines(message));
      const refused = changes.some((change) => change.class === 'refused');
      return { plan: plan.length > 0 ? plan : ['Nothing has to be done.'], refused, problem: '' };
    } catch (error) {
      const isUnknown = error instanceof ApiError && (error.code === 403 || error.code === 404);
      if (isUnknown) return { plan: ['The plan cannot be shown to you.'], refused: false, problem: '' };
      return { plan: [], refused: true, problem: messageOf(error) };
    }
  }

  #show(proposal: Proposal | undefined): void {
    this.proposal = proposal;
    this.#changed();
  }
}

function pathOf({ metadata: { namespace = '', name = '' } }: KubeDirectorCluster): string {
  return `${collection('kubedirectorclusters', namespace)}/${encodeURIComponent(name)}`;
}

function nameOf({ metadata: { namespace = '', name = '' } }: KubeDirectorCluster): string {
  return `${namespace}/${name}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? plainLines(error.message) : String(error);
}
