/**
 * What is shown of a cluster, for terminals and pages alike. All text in it is plain: no escape sequences, no control
 * characters. It is not escaped for HTML.
 */
import type { CoreEvent, Pod } from '../apis/kubernetes/types.ts';
import type {
  ClusterState,
  KubeDirectorApp,
  KubeDirectorCluster,
  KubeDirectorEndpoint,
  MemberState,
} from '../apis/kubedirector/types.ts';

/** The objects that a view is made from. What is absent was not read: the user may have no right to it. */
export interface ClusterObjects {
  readonly cluster: KubeDirectorCluster;
  readonly app?: KubeDirectorApp;
  /** Those of this cluster, or of all: others are left out. */
  readonly endpoints?: readonly KubeDirectorEndpoint[];
  readonly pods?: readonly Pod[];
  readonly events?: readonly CoreEvent[];
}

/** How far something is, in members. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

/** A service of a member, and where it can be reached. */
export interface ServiceView {
  /** Name of the KubeDirectorEndpoint. */
  readonly endpoint: string;
  readonly service: string;
  /** For people; the service's ID where it has no other name. */
  readonly label: string;
  readonly isDashboard: boolean;
  readonly isReady: boolean;
  /** Inside the Kubernetes cluster. */
  readonly url: string;
  readonly externalURLs: readonly string[];
  /** On the API server: leads to the service with the user's own rights. Absent where no HTTP is spoken. */
  readonly proxyPath?: string;
}

/** A member. */
export interface MemberView {
  readonly pod: string;
  readonly state: MemberState;
  readonly isReady: boolean;
  readonly restarts: number;
  /** Whether its pod is of the role's newest revision; absent while that is not known. */
  readonly isUpToDate?: boolean;
  /** "cpu 500m/1, memory 2Gi/4Gi": requests and limits, as the node gave them. */
  readonly resources?: string;
  /** What its set-up is busy with. */
  readonly doing?: string;
  /** What is wrong with it, or the end of what its set-up package said. */
  readonly lastWords?: string;
  readonly services: readonly ServiceView[];
}

/** A role of a cluster. */
export interface RoleView {
  readonly id: string;
  /** Members wished for. */
  readonly desired: number;
  readonly cardinality?: string;
  readonly setUp: Progress;
  /** Members of the newest revision; absent while none are restarted for it. */
  readonly roll?: Progress;
  readonly members: readonly MemberView[];
}

/** A condition as a sentence. */
export interface ConditionView {
  readonly type: string;
  readonly status: string;
  /** "Ready: all 4 members are configured." */
  readonly sentence: string;
  /** Whether somebody should look at it. */
  readonly isProblem: boolean;
}

/** A cluster. */
export interface ClusterView {
  readonly namespace: string;
  readonly name: string;
  readonly app: string;
  /** Absent until the controller has seen the cluster. */
  readonly state?: ClusterState;
  readonly isDeleting: boolean;
  readonly age: string;
  readonly setUp: Progress;
  readonly roll?: Progress;
  readonly roles: readonly RoleView[];
  readonly conditions: readonly ConditionView[];
  /** Why the cluster is not Ready; absent where it is. */
  readonly lastWords?: string;
}

/** Something that is wrong with a cluster, or that a user should know. */
export interface Finding {
  readonly level: 'error' | 'warning' | 'note';
  /** A member, or the cluster. */
  readonly about: string;
  readonly problem: string;
  readonly advice: string;
}
