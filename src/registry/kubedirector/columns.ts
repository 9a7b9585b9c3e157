/** The printed columns: those that openapi/kubedirector names by a path, and those that are computed. */
import type { KubeObject, Stored } from '../../meta/object.ts';
import type { ColumnSource } from '../../apis/kubedirector/resource-names.ts';
import type {
  KubeDirectorApp,
  KubeDirectorCluster,
  KubeDirectorEndpoint,
  KubeDirectorRole,
} from '../../apis/kubedirector/types.ts';
import type { TableColumn } from '../../apiserver/resource.ts';
import { fieldAt } from './fields.ts';

type Cell = string | number | boolean | undefined;
/** A computed column; each is named by one kind only, whose objects it gets. */
type Compute = (object: never) => Cell;

const computed: Readonly<Record<string, Compute>> = {
  /** "spark-master (1), spark-worker (1+)" */
  roles: ({ spec }: KubeDirectorApp) => spec.roles.map(({ id, cardinality }) => `${id} (${cardinality})`).join(', '),
  ready: readyMembers,
  /** "3/4": members that are configured, of those wished for. */
  roleReady: ({ spec, status }: KubeDirectorRole) => {
    const { configuredReplicas = 0, readyReplicas = configuredReplicas } = status ?? {};
    return `${readyReplicas}/${spec?.replicas ?? 0}`;
  },
  message: ({ status }: KubeDirectorCluster) => {
    const find = (name: string) => status?.conditions?.find(({ type }) => type === name);
    const ready = find('Ready');
    const why = ready === undefined || ready.status === 'True' ? '' : ready.message;
    return find('Paused')?.status === 'True' ? ['paused', why].filter((text) => text !== '').join('; ') : why;
  },
  external: ({ status }: KubeDirectorEndpoint) => status?.externalURLs.join(','),
};

/** "3/4": members that are configured, of those wished for. */
function readyMembers({ spec, status }: Pick<KubeDirectorCluster, 'spec' | 'status'>): string {
  const members = (status?.roles ?? []).flatMap((role) => role.members);
  const configured = members.filter(({ state }) => state === 'configured').length;
  const desired = spec.roles.reduce((sum, role) => sum + (role.members ?? 0), 0);
  return `${configured}/${desired}`;
}

/** @throws Error where a computed column is not known here: openapi/ and this file have come apart */
export function tableColumns<T extends KubeObject>(sources: readonly ColumnSource[]): TableColumn<T>[] {
  return sources.map(({ name, description, path, computed: named, type = 'string', priority = 0 }) => {
    const value = named === undefined ? undefined : (computed[named] as ((object: Stored<T>) => Cell) | undefined);
    if (value === undefined && path === undefined)
      throw new Error(`column ${name} has neither a path nor a known function`);
    return { name, type, description, priority, value: value ?? ((object) => cell(fieldAt(object, path ?? ''))) };
  });
}

function cell(value: unknown): Cell {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
}
