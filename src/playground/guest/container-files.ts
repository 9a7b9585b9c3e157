/** Keeps the files of simulated containers in memory, and stores them in an annotation of the claim or the pod. */
import type { PersistentVolumeClaim, Pod } from '../../apis/kubernetes/types.ts';
import type { KubeObject, Stored } from '../../meta/object.ts';
import { claimNames } from '../pods/status.ts';
import { kubeletContext } from '../simulation/users.ts';
import { createView, type View } from '../simulation/view.ts';
import type { NativeRegistries } from '../simulation/world.ts';
import { formatFiles, guestAnnotation, noFiles, parseFiles, type GuestFiles } from './files.ts';

/** A container of a pod that runs now. */
export interface RunningContainer {
  readonly pod: Stored<Pod>;
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** Loads and saves the files of containers. Files on a claim survive a new container; others do not. */
export class ContainerFiles {
  /** Removes deleted pods from memory. */
  readonly view: View;
  readonly #native: NativeRegistries;
  /** By pod uid. May be newer than the stored files until the next durable step. */
  readonly #memory = new Map<string, GuestFiles>();

  constructor(native: NativeRegistries) {
    this.#native = native;
    this.view = createView(
      () => native.pods.cache,
      ({ object, old }) => {
        if (!object && old) this.#memory.delete(old.metadata.uid);
      },
    );
  }

  /** The files of this container, or those on its volume; `noFiles` if there are none. */
  load(container: RunningContainer): GuestFiles {
    const claim = this.#claimOf(container);
    const usable = (files: GuestFiles | undefined): files is GuestFiles =>
      files !== undefined && (claim !== undefined || files.containerID === container.id);
    const remembered = this.#memory.get(container.pod.metadata.uid);
    if (usable(remembered)) return remembered;
    const stored = parseFiles((claim ?? container.pod).metadata.annotations?.[guestAnnotation]);
    return usable(stored) ? stored : noFiles(container.id);
  }

  /** @param durable whether the files must be stored, so that a restart keeps them, before this resolves */
  async save(container: RunningContainer, files: GuestFiles, durable: boolean, signal: AbortSignal): Promise<void> {
    const { pod } = container;
    if (durable) {
      const claim = this.#claimOf(container);
      const target = { namespace: pod.metadata.namespace ?? '', name: (claim ?? pod).metadata.name };
      const context = kubeletContext(signal);
      if (claim) await this.#native.claims.update(context, target, (now) => annotated(now ?? claim, files));
      else await this.#native.pods.update(context, target, (now) => annotated(now ?? pod, files));
    }
    this.#memory.set(pod.metadata.uid, files);
  }

  /** The claim that its files are on: the first one that the pod mounts. */
  #claimOf({ pod }: RunningContainer): Stored<PersistentVolumeClaim> | undefined {
    const [name] = claimNames(pod);
    return name === undefined ? undefined : this.#native.claims.cache.get(pod.metadata.namespace ?? '', name)?.object;
  }
}

function annotated<T extends KubeObject>(object: T, files: GuestFiles): T {
  const annotations = { ...object.metadata.annotations, [guestAnnotation]: formatFiles(files) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}
