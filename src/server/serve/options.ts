/** What a server behind kube-apiserver can be told. */
import type { ElectionTimings } from '../../clients/kubernetes/index.ts';
import type { LeaveOptions } from '../../apiserver/server.ts';
import type { NamespacedName } from '../../meta/object.ts';
import type { Logger } from '../../runtime/logger.ts';

/** The settings of `kubedirector serve`, read from its flags. */
export interface ServeOptions {
  readonly storage: StorageOptions;
  /** How stored values are encrypted; absent: not at all. */
  readonly encryption?: EncryptionFlags;
  /** Absent: no backups are made by themselves. */
  readonly backups?: BackupSchedule;
  readonly bindAddress: string;
  readonly port: number;
  /** Absent: the service account of the pod that this runs in. */
  readonly kubeconfig?: string;
  /** The namespace that this server runs in: of system apps, of the global config, of its own Secret. */
  readonly systemNamespace: string;
  /** Clusters are served in these only; absent: in all. */
  readonly namespaces?: readonly string[];
  /** Of the Service in front of it: what kube-apiserver calls it by. */
  readonly serviceName: string;
  readonly certificate: CertificateOptions;
  /** The folder with the files of the page; absent: no page is served. */
  readonly pageFolder?: string;
  /** Absent: this server leads without asking; its storage is its own. */
  readonly election?: ElectionOptions;
  readonly audit?: AuditOptions;
  /** A TracingConfiguration; absent: nothing is traced. */
  readonly tracingFile?: string;
  readonly limits: LimitOptions;
  readonly controller: ControllerFlags;
  /** Milliseconds for what is running when the server is asked to stop. */
  readonly graceMs: number;
  /** Absent: it stops at once. */
  readonly leave?: LeaveOptions;
  readonly logger: Logger;
  /** The flags of the command line, by name, for /flagz. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Breaks the start off; a server that has started is stopped by stop() alone. */
  readonly signal?: AbortSignal;
}

/** Where it is said how stored values are encrypted. */
export interface EncryptionFlags {
  /** An EncryptionConfiguration. */
  readonly file: string;
  /** The file is read again when it changes. */
  readonly reload: boolean;
  /** What is not written as the file says is written anew, in the background. */
  readonly rewrite: boolean;
}

/** Where the data are. */
export type StorageOptions =
  | {
      readonly engine: 'lowdb';
      /** DIR: its data are in DIR/data. */
      readonly directory: string;
    }
  | { readonly engine: 'etcd'; readonly etcd: EtcdFlags };

/** When a running server backs its data up, and how many backups stay. */
export interface BackupSchedule {
  /** Made if absent. */
  readonly directory: string;
  /** Milliseconds. */
  readonly everyMs: number;
  /** At least 1. */
  readonly keep: number;
}

interface EtcdFlags {
  readonly endpoints: readonly string[];
  readonly prefix: string;
  /** Files (PEM); read again when they change. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly user?: { readonly name: string; readonly passwordFile: string };
  /** Milliseconds; 0: somebody else compacts. */
  readonly compactEveryMs: number;
}

/** Where the serving certificate comes from. */
export interface CertificateOptions {
  /** Files with key and certificate (PEM); absent: the server makes its own. */
  readonly files?: { readonly cert: string; readonly key: string };
  /** Whose certificates the APIService is to trust, for certificates from files. */
  readonly caFile?: string;
  /** Names and addresses beside the Service's, for a certificate of its own. */
  readonly extraNames: readonly string[];
}

/** How replicas find out which of them leads. */
export interface ElectionOptions {
  /** The Lease. */
  readonly target: NamespacedName;
  readonly timings: ElectionTimings;
}

/** Which requests are audited, and where to. */
export interface AuditOptions {
  readonly policyFile: string;
  /** '-' is standard output. */
  readonly logPath: string;
  /** MiB after which a file is put aside. */
  readonly maxSizeMiB: number;
  /** How many files are kept that were put aside. */
  readonly maxBackups: number;
}

/** How many requests are served at a time, and how much memory the histories of changes may take. */
export interface LimitOptions {
  readonly readOnlyRequests: number;
  readonly mutatingRequests: number;
  /** Of past states that the histories of changes keep. */
  readonly historyBytes: number;
  /** Milliseconds. */
  readonly requestTimeoutMs: number;
  /** At a time; absent: as many as descriptors allow, within reason. */
  readonly maxConnections?: number;
}

/** How much the controller does at a time. */
export interface ControllerFlags {
  readonly clusters: number;
  readonly guests: number;
  readonly execs: number;
  /** A configcli package (.tgz) for images that have none. */
  readonly guestToolsFile?: string;
  /** How long a startscript may configure a member. */
  readonly configureLimitMs: number;
  /** How long a startscript that refuses a notification is told again. */
  readonly notifyTimeoutMs: number;
  /** From one health check of a member to the next, where its role says nothing of it; absent: the controller's own. */
  readonly healthPeriodMs?: number;
  /** Member Services bear the annotation with their services' token. */
  readonly serviceAuthTokenAnnotation: boolean;
  /** Ask URLs of private networks, too, whether a file can be had from them. */
  readonly probePrivateUrls: boolean;
}
