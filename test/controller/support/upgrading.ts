/** The sample cluster with a second app that it can move to. */
import type { KubeDirectorApp } from '../../../src/apis/kubedirector/types.ts';
import { at, membersOf, sampleApp, statusOf } from './samples.ts';
import { editSpec, podsOf, workers } from './rolling.ts';
import { world } from './started.ts';

/** Stores the next app: other images and packages, and what `edit` makes of it. */
export function nextApp(edit: (app: KubeDirectorApp) => void = () => undefined, name = 'golden-2'): void {
  const app = structuredClone(sampleApp());
  app.metadata = { name, namespace: 'default', uid: `uid of ${name}` };
  for (const role of app.spec.roles) {
    role.imageRepoTag = `kd.test/app:${name}`;
    role.configPackage = { packageURL: `file:///opt/configscripts/${name}.tgz`, useNewSetupLayout: true };
  }
  edit(app);
  world.apps.direct.create(app);
}

/** Has the app name these events besides those that roles listen to anyway. */
export const naming =
  (...events: string[]) =>
  (app: KubeDirectorApp): void => {
    for (const role of app.spec.roles) role.eventList = ['configure', ...events] as NonNullable<typeof role.eventList>;
  };

/** As an edit of spec.app. */
export const moveTo = (app: string): void => {
  editSpec((spec) => (spec.app = app));
};

/** An edit of an app. */
export const editApp = (name: string, edit: (app: KubeDirectorApp) => void): void => {
  world.apps.direct.change(at(name), edit);
};

export const images = (role = 'work'): (string | undefined)[] =>
  podsOf(role).map((name) => world.pods.get('default', name)?.spec?.containers[0]?.image);
/** Of the startscripts of a role, without the pods' names. */
export const callsOf = (pod: string): string[] =>
  world.guest.calls.filter((call) => call.startsWith(`${pod} `)).map((call) => call.slice(pod.length + 1));
export const statuses = (role = 'work'): (string | undefined)[] =>
  membersOf(world, role).map(({ upgradeStatus }) => upgradeStatus);
export const upgradeInfo = () => statusOf(world).upgradeInfo;
/** What pods were told, of upgrades alone. */
export const toldOf = (pod: string): string[] =>
  world.guest.notified(pod).filter((text) => /^--(role|cluster)_/.test(text));
/** The files of all members outlive their pods. */
export const persist = (): void => {
  for (const role of ['head', 'work', 'bare']) for (const pod of podsOf(role)) world.guest.persistent.add(pod);
};

/** So many workers, whose files outlive their pods. */
export async function persistent(members: number): Promise<void> {
  await workers(members);
  persist();
  // What the members were set up with is on their volumes as well.
  for (const { metadata } of world.pods.list()) world.pods.direct.remove(at(metadata.name));
  await world.settle();
  world.guest.calls.length = 0;
}
