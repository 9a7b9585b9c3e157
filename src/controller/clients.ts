/** What a controller is given: its ports, its surroundings, its limits. */
import type {
  KubeDirectorApp,
  KubeDirectorBackup,
  KubeDirectorCluster,
  KubeDirectorConfig,
  KubeDirectorStatusBackup,
} from '../apis/kubedirector/types.ts';
import type { EventRecorder, Lister, NativeClients, PodExec, ResourceClient } from '../clients/contract.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Tracer } from '../runtime/tracing.ts';
import type { Turns } from '../runtime/turns.ts';
import type { GuestTimings } from './guest/tasks.ts';

/** All that a controller reaches the world through, and its settings. */
export interface ControllerOptions {
  /** Indexed by nothing; every cluster is looked at. */
  readonly clusters: ResourceClient<KubeDirectorCluster>;
  readonly apps: Lister<KubeDirectorApp>;
  readonly configs: Lister<KubeDirectorConfig>;
  readonly backups: ResourceClient<KubeDirectorBackup>;
  readonly statusBackups: ResourceClient<KubeDirectorStatusBackup>;
  readonly native: NativeClients;
  readonly exec: PodExec;
  /** Of the leader that this process is, see src/guest/term.ts. */
  readonly term: string;
  /** Called where a container refuses the steps of this term. */
  readonly onSuperseded: () => void;
  readonly events: EventRecorder;
  readonly clock: Clock;
  /** 0 ≤ x < 1, for names and for spreading retries. */
  readonly random: () => number;
  readonly uuid: () => string;
  /** 32 hexadecimal digits that nobody can guess. */
  readonly token: () => string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Absent: reconciles and steps inside containers are not traced. */
  readonly tracer?: Tracer;
  /** The namespace of system apps and of the global config. */
  readonly systemNamespace: string;
  /** Clusters elsewhere are left alone; absent: there is no elsewhere. */
  readonly namespaces?: readonly string[];
  /** Clusters reconciled at a time. */
  readonly workers: number;
  /** Pods with guest work at a time; 16 where absent. */
  readonly guestWorkers?: number;
  readonly guestTimings?: GuestTimings;
  /** Whether member Services bear the annotation with their services' token; absent: they do. */
  readonly serviceAuthTokenAnnotation?: boolean;
  /** Shared by all that is done in the background; absent: reconciles have the event loop to themselves. */
  readonly turns?: Turns;
  /** The configcli package (.tgz) to put into images that lack it. */
  readonly guestTools?: Uint8Array;
}
