/** Updates that users hold, begin, mend or take over from an earlier version of the program. */
import { describe, expect, test } from 'vitest';
import { revisionAnnotation } from '../../src/apis/kubedirector/well-known.ts';
import { kubeTime } from '../../src/meta/kube-time.ts';
import { at, condition, membersOf, podOf, sample, statusOf } from './support/samples.ts';
import { afterEvictions, change, envs, ordinals, podsOf, roleStatus, setEnv, told } from './support/rolling.ts';
import { uids, workers } from './support/rolling.ts';
import { eachInItsWorld, world } from './support/started.ts';

eachInItsWorld();

const setImage = (image: string): void => {
  const { name } = world.apps.list()[0]?.metadata ?? {};
  world.apps.direct.change(at(name ?? ''), ({ spec }) => {
    for (const role of spec.roles) if (role.id === 'work') role.imageRepoTag = image;
  });
};

describe('a member that does not work with the update', () => {
  test('for want of its image stops the update, and gets the mended one first', async () => {
    await workers(4);
    const before = uids();
    world.nodes.missingImages.add('example/no:such');
    setImage('example/no:such');
    await world.settle();
    expect(ordinals()).toEqual([3]);
    expect(uids().slice(0, 3)).toEqual(before.slice(0, 3));
    expect(told()).toEqual(['False', 'UpdateFailed', 'True', 'UpdateFailed']);
    const message = condition(world, 'Degraded')?.message;
    expect(message).toMatch(
      new RegExp(`^the update of role work has stopped at ${podOf(world, 'work', 3)}: the image`),
    );
    expect(message).toContain('put it back to what it was');
    expect(roleStatus()).toMatchObject({ updatedReplicas: 1, readyReplicas: 3 });
    expect(world.events.filter(({ message }) => message.startsWith('the update of role'))).toHaveLength(1);
    setImage('example/good:2');
    await world.settle();
    expect(ordinals()).toEqual([3, 3, 2, 1, 0]);
    expect(told()).toEqual(['False', 'Settled', 'False', 'AsExpected']);
  });

  test('because its set-up fails stops the update; the spec put back restarts those that had moved, the broken one first', async () => {
    await workers(4);
    const before = uids();
    world.guest.configureExit.set(podOf(world, 'work', 2), 3);
    change(setEnv('b'));
    await world.settle();
    expect(ordinals()).toEqual([3, 2]);
    expect(told()).toEqual(['False', 'UpdateFailed', 'True', 'UpdateFailed']);
    world.guest.configureExit.clear();
    change((role) => delete role.env);
    await world.settle();
    expect(ordinals()).toEqual([3, 2, 2, 3]);
    expect(uids().slice(0, 2)).toEqual(before.slice(0, 2));
    expect(told()).toEqual(['False', 'Settled', 'False', 'AsExpected']);
  });

  test('for want of a node stops the update where two may be out of service, too', async () => {
    await workers(4, (spec) => (spec.updateStrategy = { maxUnavailable: 2 }));
    const last = podOf(world, 'work', 3);
    const old = world.pods.get('default', last)?.metadata.uid;
    world.nodes.unschedulable.has = (name) => name === last && world.pods.get('default', name)?.metadata.uid !== old;
    change(setEnv('b'));
    await world.settle();
    expect(ordinals().toSorted()).toEqual([2, 3]);
    expect(condition(world, 'Degraded')).toMatchObject({ status: 'True', reason: 'UpdateFailed' });
    expect(condition(world, 'Degraded')?.message).toContain(last);
  });
});

describe('restartedAt', () => {
  const soon = () => kubeTime(new Date(world.clock.now().getTime() + 1_000));

  test('restarts members of the role that began before it, once each and one after the other', async () => {
    await workers(3);
    const heads = uids('head');
    change((role) => (role.restartedAt = soon()));
    await world.settle();
    expect(ordinals()).toEqual([2, 1, 0]);
    expect(uids('head')).toEqual(heads);
    expect(roleStatus()).toMatchObject({ updatedReplicas: 3 });
    change((role) => delete role.restartedAt);
    await world.settle();
    expect(ordinals()).toHaveLength(3);
  });

  test('of the cluster restarts all roles; members that are younger stay', async () => {
    await workers(2);
    const past = kubeTime(new Date(world.clock.now().getTime() - 3_600_000));
    change((_role, spec) => (spec.restartedAt = past));
    await world.settle();
    expect(world.evicted).toEqual([]);
    change((_role, spec) => (spec.restartedAt = soon()));
    await world.settle();
    expect(world.evicted).toHaveLength(membersOf(world, 'work').length + podsOf('head').length + podsOf('bare').length);
  });
});

describe('memberRestarts', () => {
  /** @param later seconds from now; another number asks for another restart */
  const restart = (members: readonly number[], later = 1) =>
    change((role) => {
      const restartedAt = kubeTime(new Date(world.clock.now().getTime() + later * 1_000));
      role.memberRestarts = members.map((ordinal) => ({ pod: podOf(world, 'work', ordinal), restartedAt }));
    });

  test('restart the members that they name, once, whatever the clocks say', async () => {
    await workers(4);
    restart([1, 3]);
    await world.settle();
    expect(ordinals()).toEqual([3, 1]);
    expect(roleStatus()).toMatchObject({ updatedReplicas: 4, readyReplicas: 4 });
    await world.settle(3_600_000);
    expect(ordinals()).toHaveLength(2);
    restart([1], 2);
    await world.settle();
    expect(ordinals()).toEqual([3, 1, 1]);
    change((role) => delete role.memberRestarts);
    await world.settle();
    expect(membersOf(world, 'work').some(({ restart: last }) => last !== undefined)).toBe(false);
    expect(ordinals()).toHaveLength(3);
  });

  test('of a member that does not exist, or of one that has been made since, restart nobody', async () => {
    await workers(2);
    change((role) => {
      const restartedAt = kubeTime(new Date(world.clock.now().getTime() - 60_000));
      role.memberRestarts = [0, 7].map((ordinal) => ({
        pod: podOf(world, 'work').replace(/0$/, `${ordinal}`),
        restartedAt,
      }));
    });
    world.pods.direct.remove(at(podOf(world, 'work', 0)));
    await world.settle();
    expect(world.evicted).toEqual([]);
  });

  test('survive a restart of the controller in the middle', async () => {
    await workers(3);
    restart([0, 2]);
    await afterEvictions(1);
    await world.stop();
    world.start();
    await world.settle();
    expect(ordinals()).toEqual([2, 0]);
  });

  test('wait while the cluster is stopped, and are over when it starts', async () => {
    await workers(2);
    change((_role, spec) => (spec.suspend = true));
    await world.settle();
    restart([0], 0);
    await world.settle(5_000);
    change((_role, spec) => (spec.suspend = false));
    await world.settle();
    expect(world.evicted).toEqual([]);
    expect(statusOf(world).state).toBe('configured');
  });
});

describe('an update', () => {
  test('with OnDelete restarts nobody; who is deleted comes back with it', async () => {
    await workers(3, (spec) => (spec.updateStrategy = { type: 'OnDelete' }));
    change(setEnv('b'));
    await world.settle();
    expect(world.evicted).toEqual([]);
    expect(told().slice(0, 2)).toEqual(['False', 'UpdateOnDelete']);
    expect(condition(world, 'Progressing')?.message).toMatch(/^work: 0 of 3 updated: /);
    expect(condition(world, 'Ready')?.status).toBe('True');
    world.pods.direct.remove(at(podOf(world, 'work', 1)));
    await world.settle();
    expect(envs()).toEqual([undefined, 'b', undefined]);
    expect(roleStatus()).toMatchObject({ updatedReplicas: 1 });
  });

  test('that is paused stops after the member that is being restarted, and goes on later', async () => {
    await workers(4);
    change(setEnv('b'));
    await afterEvictions(2);
    change((_role, spec) => (spec.updateStrategy = { paused: true }));
    await world.settle();
    expect(ordinals()).toEqual([3, 2]);
    expect(envs()).toEqual([undefined, undefined, 'b', 'b']);
    expect(told().slice(0, 2)).toEqual(['False', 'UpdatePaused']);
    change((_role, spec) => delete spec.updateStrategy);
    await world.settle();
    expect(ordinals()).toEqual([3, 2, 1, 0]);
  });

  test('takes out of the StatefulSet what the role no longer asks for, and keeps what it cannot ask for', async () => {
    const term = { matchExpressions: [{ key: 'disk', operator: 'Exists' as const }] };
    const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } };
    await workers(1, ({ roles }) => {
      for (const role of roles)
        if (role.id === 'work') Object.assign(role, { affinity: { nodeAffinity }, env: [{ name: 'A' }] });
    });
    const set = at(roleStatus()?.statefulSet ?? '');
    world.statefulSets.direct.change(set, ({ spec }) => Object.assign(spec.template.spec ?? {}, { hostNetwork: true }));
    change((role) => {
      delete role.affinity;
      delete role.env;
    });
    await world.settle();
    const pod = world.pods.get('default', podOf(world, 'work'))?.spec;
    expect(pod).not.toHaveProperty('affinity');
    expect(pod?.containers[0]?.env?.map(({ name }) => name)).not.toContain('A');
    expect(pod).toHaveProperty('hostNetwork', true);
  });
});

describe('pods that an earlier version of the program has made', () => {
  /** Without anything that this version writes down. */
  async function forgetRevisions(): Promise<void> {
    await world.stop();
    for (const { metadata } of world.statefulSets.list()) {
      world.statefulSets.direct.change(at(metadata.name), ({ spec }) => {
        Reflect.deleteProperty(spec.template.metadata?.annotations ?? {}, revisionAnnotation);
      });
    }
    for (const { metadata } of world.pods.list()) {
      world.pods.direct.change(at(metadata.name), (pod) => {
        Reflect.deleteProperty(pod.metadata.annotations ?? {}, revisionAnnotation);
        // As an admission webhook makes them.
        pod.spec?.containers.push({ name: 'sidecar', image: 'example/sidecar' });
      });
    }
    world.clusters.direct.change(sample, ({ status }) => {
      for (const role of status?.roles ?? []) {
        for (const field of ['currentRevision', 'updateRevision', 'updatedReplicas', 'readyReplicas', 'replicas']) {
          Reflect.deleteProperty(role, field);
        }
        for (const member of role.members) Reflect.deleteProperty(member, 'revision');
      }
    });
  }

  test('run on; a change of the role restarts them', async () => {
    await workers(3);
    const before = [...uids('head'), ...uids()];
    await forgetRevisions();
    world.start();
    await world.settle();
    expect([...uids('head'), ...uids()]).toEqual(before);
    expect(roleStatus()).toMatchObject({ updatedReplicas: 3, readyReplicas: 3 });
    expect(membersOf(world, 'work').map(({ revision }) => revision)).toEqual(
      Array(3).fill(roleStatus()?.updateRevision),
    );
    change(setEnv('b'));
    await world.settle();
    expect(ordinals()).toEqual([2, 1, 0]);
    expect(statusOf(world).state).toBe('configured');
  });
});
