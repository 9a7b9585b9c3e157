/** What the leader does in one term: the controller, on clients that write nothing once the term is over. */
import type { KubeObject } from '../meta/object.ts';
import type { EventRecorder, NativeClient, NativeClients, PodExec } from '../clients/contract.ts';
import { aborted } from '../runtime/aborted.ts';
import { LeadershipLostError, type LeaderWork, type Term } from '../runtime/leadership.ts';
import type { ComposedController } from './controller.ts';
import type { FencedTerm } from './fenced-term.ts';

/**
 * Runs a controller of its own for each term.
 * @param claim makes sure that nothing of an earlier leader comes after it
 */
export function controlling(
  claim: (term: Term) => Promise<FencedTerm>,
  compose: (term: FencedTerm) => ComposedController,
): LeaderWork {
  return async (term) => {
    const controller = compose(await claim(term));
    controller.start(term.signal);
    await aborted(term.signal);
    await controller.stop();
  };
}

type Act = <R>(action: () => Promise<R>) => Promise<R>;

/**
 * Does an action only while the term lasts. It looks at the clock, and not at the signal alone: after a pause of the process,
 * code goes on before any timer. @throws LeadershipLostError
 */
function whileCurrent(term: Term): Act {
  return async (action) => {
    if (!term.isCurrent()) throw new LeadershipLostError('its term is over');
    return action();
  };
}

/** The same native objects, written only while the term lasts. */
export function nativeWhile(term: Term, native: NativeClients): NativeClients {
  const act = whileCurrent(term);
  const { statefulSets, services, pods, persistentVolumeClaims, podDisruptionBudgets, snapshots } = native;
  return {
    ...native,
    statefulSets: guarded(act, statefulSets),
    services: guarded(act, services),
    podDisruptionBudgets: guarded(act, podDisruptionBudgets),
    pods: { ...pods, apply: (...given) => act(() => pods.apply(...given)) },
    persistentVolumeClaims: {
      ...persistentVolumeClaims,
      create: (...given) => act(() => persistentVolumeClaims.create(...given)),
      apply: (...given) => act(() => persistentVolumeClaims.apply(...given)),
      delete: (...given) => act(() => persistentVolumeClaims.delete(...given)),
    },
    snapshots: {
      ...snapshots,
      create: (...given) => act(() => snapshots.create(...given)),
      delete: (...given) => act(() => snapshots.delete(...given)),
    },
  };
}

function guarded<T extends KubeObject>(act: Act, client: NativeClient<T>): NativeClient<T> {
  return {
    ...client,
    create: (...given) => act(() => client.create(...given)),
    apply: (...given) => act(() => client.apply(...given)),
    delete: (...given) => act(() => client.delete(...given)),
  };
}

/** The same containers, in which commands are begun only while the term lasts. */
export function execWhile(term: Term, exec: PodExec): PodExec {
  const act = whileCurrent(term);
  return { exec: (...given) => act(() => exec.exec(...given)) };
}

/** The same recorder, which is silent once the term is over. */
export function eventsWhile(term: Term, events: EventRecorder): EventRecorder {
  return {
    record(...given) {
      if (term.isCurrent()) events.record(...given);
    },
  };
}
