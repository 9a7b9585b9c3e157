/** Hands guest tasks to the runner, with the documents they need. */
import type { ControllerOptions } from '../clients.ts';
import type { GuestRunner } from '../guest/runner.ts';
import type { NamespacedName } from '../../meta/object.ts';
import { taskID } from '../plan/guest-task.ts';
import { createAdvance, defaultTimings } from '../guest/tasks.ts';
import { keyOf } from '../keys.ts';
import type { ActionOf } from '../plan/actions.ts';
import type { createConfigmeta } from '../plan/guest/configmeta.ts';
import { appContainer, initContainer } from '../plan/objects/stateful-set.ts';

/** Makes a member's configmeta.json, from what one plan has observed. */
export type Configmeta = ReturnType<typeof createConfigmeta>;

interface GuestStarter {
  begin(cluster: NamespacedName, action: ActionOf<'guestTask'>, configmeta: () => Configmeta): void;
  forget(cluster: NamespacedName, action: ActionOf<'forgetGuest'> | ActionOf<'forgetHealth'>): void;
}

type GuestStarterOptions = Pick<ControllerOptions, 'clock' | 'guestTools' | 'guestTimings'> & {
  readonly guest: Pick<GuestRunner, 'begin' | 'forget'>;
  readonly health: Pick<GuestRunner, 'begin' | 'forget'>;
};

/** Turns guest tasks of plans into work of the guest runner. */
export function createGuestStarter(options: GuestStarterOptions): GuestStarter {
  const { guest, health, clock, guestTools, guestTimings: timings = defaultTimings } = options;
  return {
    forget({ namespace }, { type, pod }) {
      (type === 'forgetHealth' ? health : guest).forget(keyOf({ namespace, name: pod }));
    },
    begin(cluster, { member, role, pod, task }, configmeta) {
      const { namespace } = cluster;
      const needsDocument = task.type === 'setup' || task.type === 'refresh';
      const { name } = pod.metadata;
      (task.type === 'health' ? health : guest).begin(keyOf({ namespace, name }), {
        taskID: taskID(task),
        cluster: keyOf(cluster),
        target: {
          namespace,
          name,
          container: task.type === 'progress' ? initContainer : appContainer,
          containerID: task.containerID,
        },
        advance: createAdvance(task, {
          ...{ clock, timings, guestTools },
          document: needsDocument ? configmeta()(role, member) : '',
        }),
      });
    },
  };
}
