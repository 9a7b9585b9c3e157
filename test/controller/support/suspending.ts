/** Clusters that are stopped and started. */
import { expect } from 'vitest';
import type { AppRole } from '../../../src/apis/kubedirector/types.ts';
import { at, membersOf, sample, statusOf } from './samples.ts';
import { world } from './started.ts';

/** Events that an app can name, those of a stop among them. */
export const all: NonNullable<AppRole['eventList']> = ['configure', 'addnodes', 'delnodes', 'suspend', 'restarted'];

/** Stops the cluster, or starts it. */
export function suspend(isSuspended: boolean): void {
  world.clusters.direct.change(sample, ({ spec }) => (spec.suspend = isSuspended));
}

/** The roles of the app name these events from now on. */
export function listen(events: Readonly<Record<string, AppRole['eventList']>>): void {
  world.apps.direct.change(at('golden'), ({ spec }) => {
    for (const role of spec.roles) {
      const eventList = events[role.id];
      if (eventList !== undefined) role.eventList = eventList;
    }
  });
}

/** Files of the pods with claims outlive their containers. */
export function withDisks(): void {
  world.pods.onChange(({ object }) => {
    if (object !== undefined) world.guest.persistent.add(object.metadata.name);
  });
}

/** Of the members of a role. */
export const states = (role: string): string[] => membersOf(world, role).map(({ state }) => state);
/** Pods that were told this. */
export const told = (option: string): string[] =>
  world.pods
    .list()
    .map(({ metadata }) => metadata.name)
    .filter((pod) => world.guest.notified(pod).some((args) => args.startsWith(option)));

/** Stops the cluster, and waits until it has stopped. */
export async function stopped(): Promise<void> {
  suspend(true);
  await world.settle();
  expect(statusOf(world).state).toBe('suspended');
}
