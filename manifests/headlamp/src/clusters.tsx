/** The clusters, and one of them. */
import { CommonComponents } from '@kinvolk/headlamp-plugin/lib';
import type { ReactNode } from 'react';
import type { KubeDirectorCluster, MemberStatus } from '../../../src/apis/kubedirector/types.ts';
import { rowOf } from '../../../src/page/rows.ts';
import { clusterState, lastWords, memberState } from '../../../src/page/words.ts';
import { plainLines } from '../../../src/view/plain-text.ts';
import { Conditions, nameColumn, Section, State, To, useNamed } from './parts.tsx';
import { Cluster, clusterOf, Endpoint, endpointOf, routes, type Fetched } from './resources.ts';

const { DetailsGrid, ResourceListView } = CommonComponents;
const membersText = ({ jsonData }: Fetched): string => {
  const { configured, members } = rowOf(jsonData as KubeDirectorCluster);
  return `${configured}/${members}`;
};

export function ClusterList(): ReactNode {
  return (
    <ResourceListView
      title="Clusters of KubeDirector"
      resourceClass={Cluster}
      id="kubedirector-clusters"
      columns={[
        nameColumn(routes.cluster),
        'namespace',
        'cluster',
        { id: 'app', label: 'App', getValue: (item) => rowOf(clusterOf(item)).app },
        {
          id: 'state',
          label: 'State',
          getValue: (item) => clusterState(clusterOf(item)).text,
          render: (item) => <State word={clusterState(clusterOf(item))} />,
        },
        { id: 'members', label: 'Members', getValue: membersText },
        'age',
      ]}
    />
  );
}

export function ClusterDetails(): ReactNode {
  const { namespace, name } = useNamed();
  return (
    <DetailsGrid
      resourceType={Cluster}
      name={name}
      namespace={namespace}
      withEvents
      extraInfo={(item) => item && facts(clusterOf(item), namespace)}
      extraSections={(item) =>
        item && [
          { id: 'kubedirector.conditions', section: <Conditions conditions={clusterOf(item).status?.conditions} /> },
          { id: 'kubedirector.members', section: <Members cluster={clusterOf(item)} /> },
          { id: 'kubedirector.services', section: <Services name={name} namespace={namespace} /> },
        ]
      }
    />
  );
}

function facts(cluster: KubeDirectorCluster, namespace: string): { name: string; value: ReactNode }[] {
  const { spec, status } = cluster;
  const { configured, members } = rowOf(cluster);
  const app = plainLines(status?.app ?? spec.app);
  const next = status?.upgradeInfo?.nextApp;
  return [
    { name: 'State', value: <State word={clusterState(cluster)} /> },
    { name: 'App', value: <To route={routes.app} namespace={namespace} name={app} /> },
    ...(next === undefined ? [] : [{ name: 'Upgrade to', value: plainLines(next) }]),
    { name: 'Members', value: `${configured} of ${members} configured` },
  ];
}

function Members({ cluster }: { readonly cluster: KubeDirectorCluster }): ReactNode {
  const rows = (cluster.status?.roles ?? []).flatMap(({ id, members }) =>
    members.map((member: MemberStatus) => ({ role: id, member })),
  );
  return (
    <Section
      title="Members"
      rows={rows}
      empty="There are no members."
      columns={[
        { label: 'Role', getter: ({ role }) => plainLines(role) },
        { label: 'Pod', getter: ({ member }) => (member.pod === '' ? `member ${member.nodeID}` : member.pod) },
        { label: 'State', getter: ({ member }) => <State word={memberState(member)} /> },
        { label: 'Restarts', getter: ({ member }) => member.restarts ?? 0 },
        { label: 'Last words', getter: ({ member }) => lastWords(member).join('\n') },
      ]}
    />
  );
}

function Services({ name, namespace }: { readonly name: string; readonly namespace: string }): ReactNode {
  const [endpoints] = Endpoint.useList({ namespace, labelSelector: `kubedirector.hpe.com/kdcluster=${name}` });
  return (
    <Section
      title="Services"
      rows={(endpoints ?? []).map(endpointOf)}
      empty="There is none yet, or you may not see them."
      columns={[
        { label: 'Service', getter: ({ spec }) => plainLines(spec?.serviceName ?? spec?.service ?? '') },
        { label: 'Member', getter: ({ spec }) => spec?.member },
        {
          label: 'State',
          getter: ({ status }) => (
            <State
              word={status?.ready === true ? { tone: 'good', text: 'ready' } : { tone: 'busy', text: 'not ready' }}
            />
          ),
        },
        { label: 'Address in the cluster', getter: ({ status }) => plainLines(status?.url ?? '') },
      ]}
    />
  );
}
