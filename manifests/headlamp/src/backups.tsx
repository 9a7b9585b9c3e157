/** The backups, and one of them. */
import { CommonComponents } from '@kinvolk/headlamp-plugin/lib';
import type { ReactNode } from 'react';
import type { KubeDirectorBackup } from '../../../src/apis/kubedirector/types.ts';
import { age, backupState } from '../../../src/page/words.ts';
import { plainLines } from '../../../src/view/plain-text.ts';
import { Conditions, nameColumn, Section, State, To, useNamed } from './parts.tsx';
import { Backup, backupOf, routes } from './resources.ts';

const { DetailsGrid, ResourceListView } = CommonComponents;

export function BackupList(): ReactNode {
  return (
    <ResourceListView
      title="Backups of KubeDirector"
      resourceClass={Backup}
      id="kubedirector-backups"
      columns={[
        nameColumn(routes.backup),
        'namespace',
        'cluster',
        { id: 'of', label: 'Of', getValue: (item) => backupOf(item).spec.cluster },
        {
          id: 'state',
          label: 'State',
          getValue: (item) => backupState(backupOf(item)).text,
          render: (item) => <State word={backupState(backupOf(item))} />,
        },
        { id: 'size', label: 'Size', getValue: (item) => backupOf(item).status?.size },
        { id: 'schedule', label: 'Schedule', getValue: (item) => plainLines(backupOf(item).spec.schedule ?? '') },
        'age',
      ]}
    />
  );
}

export function BackupDetails(): ReactNode {
  const { namespace, name } = useNamed();
  return (
    <DetailsGrid
      resourceType={Backup}
      name={name}
      namespace={namespace}
      withEvents
      extraInfo={(item) => item && facts(backupOf(item), namespace)}
      extraSections={(item) =>
        item && [
          { id: 'kubedirector.conditions', section: <Conditions conditions={backupOf(item).status?.conditions} /> },
          { id: 'kubedirector.volumes', section: <Volumes backup={backupOf(item)} /> },
        ]
      }
    />
  );
}

function facts(backup: KubeDirectorBackup, namespace: string): { name: string; value: ReactNode; hide?: boolean }[] {
  const { spec, status = {} } = backup;
  const { size, message = '', startedAt, completedAt, lastSuccessfulTime } = status;
  const ago = (time: string | undefined): string => (time === undefined ? '' : `${age(time, Date.now())} ago`);
  return [
    { name: 'State', value: <State word={backupState(backup)} /> },
    { name: 'Message', value: plainLines(message), hide: message === '' },
    { name: 'Cluster', value: <To route={routes.cluster} namespace={namespace} name={spec.cluster} /> },
    { name: 'Size', value: size, hide: size === undefined },
    { name: 'Begun', value: ago(startedAt), hide: startedAt === undefined },
    { name: 'Ended', value: ago(completedAt), hide: completedAt === undefined },
    { name: 'Schedule', value: plainLines(spec.schedule ?? ''), hide: spec.schedule === undefined },
    { name: 'Last success', value: ago(lastSuccessfulTime), hide: lastSuccessfulTime === undefined },
  ];
}

function Volumes({ backup }: { readonly backup: KubeDirectorBackup }): ReactNode {
  const rows = (backup.status?.members ?? []).flatMap(({ pod, volumes }) => volumes.map((volume) => ({ pod, volume })));
  return (
    <Section
      title="Volumes"
      rows={rows}
      empty="There are no snapshots."
      columns={[
        { label: 'Member', getter: ({ pod }) => pod },
        { label: 'Claim', getter: ({ volume }) => volume.claim },
        { label: 'Snapshot', getter: ({ volume }) => volume.snapshot },
        { label: 'Size', getter: ({ volume }) => volume.restoreSize },
        { label: 'Problem', getter: ({ volume }) => plainLines(volume.error ?? '') },
      ]}
    />
  );
}
