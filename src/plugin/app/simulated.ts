/** A cluster as the server would have made it, and what its members find in configmeta.json. */
import { randomUUID } from 'node:crypto';
import type { KubeDirectorApp, KubeDirectorCluster, MemberStatus } from '../../apis/kubedirector/types.ts';
import { createConfigmeta } from '../../controller/plan/guest/configmeta.ts';
import { memberDomain } from '../../controller/plan/names.ts';
import { resolveRoles, type ResolvedRole } from '../../controller/plan/roles.ts';
import { simulatedKey } from './check-objects.ts';

/** A member that exists in this simulation only. */
export interface SimulatedMember {
  readonly role: ResolvedRole;
  readonly status: MemberStatus;
  readonly fqdn: string;
}

/** A cluster whose members come and go. */
export interface SimulatedCluster {
  readonly members: readonly SimulatedMember[];
  /** Of a member, as the controller makes it. */
  configmeta(member: SimulatedMember): string;
  /** One more member of the role. */
  add(role: string): SimulatedMember;
  /** The member is about to leave: nobody is told of it any more. */
  remove(member: SimulatedMember): void;
}

/** @param cluster valid, with its defaults */
export function simulateCluster(written: KubeDirectorCluster, app: KubeDirectorApp): SimulatedCluster {
  const clusterService = `kdhs-${written.metadata.name ?? ''}`;
  const domain = memberDomain(clusterService, 'default', undefined);
  const roles = resolveRoles(written, app);
  const members: SimulatedMember[] = [];
  let lastNodeID = 0;

  function add(id: string): SimulatedMember {
    const role = roles.find((one) => one.id === id);
    if (role === undefined) throw new Error(`the cluster has no role ${id}`);
    const ordinal = members.filter((one) => one.role === role).length;
    const pod = `${written.metadata.name ?? ''}-${id}-${ordinal}`;
    lastNodeID += 1;
    const status: MemberStatus = {
      ...{ pod, service: pod, state: 'creating', nodeID: lastNodeID, stateDetail: {} },
      authToken: randomUUID().replaceAll('-', ''),
    };
    const member = { role, status, fqdn: `${pod}.${domain}` };
    members.push(member);
    return member;
  }
  for (const { id, spec } of roles) for (let count = spec.members ?? 1; count > 0; count -= 1) add(id);

  const now = (): KubeDirectorCluster => ({
    ...written,
    metadata: { ...written.metadata, namespace: 'default', uid: '00000000-0000-0000-0000-000000000000' },
    status: {
      clusterService,
      roles: roles.map(({ id }) => ({
        ...{ id, statefulSet: id },
        members: members.filter(({ role }) => role.id === id).map(({ status }) => status),
      })),
    },
  });
  return {
    members,
    add,
    configmeta: ({ role, status }) =>
      createConfigmeta({
        ...{ cluster: now(), app, config: { masterEncryptionKey: simulatedKey } },
        connected: { clusters: [], configMaps: [], secrets: [] },
      })(role.id, status),
    remove(member) {
      members.splice(members.indexOf(member), 1);
    },
  };
}
