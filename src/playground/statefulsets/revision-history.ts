/** Keeps the ControllerRevisions of StatefulSets: one for each template. The newest has the highest number. */
import type { StatefulSet } from '../../apis/kubernetes/types.ts';
import { splitObjectKey } from '../../apiserver/watchcache/keys.ts';
import type { ResourceRegistry } from '../../apiserver/registry/contract.ts';
import type { CallContext } from '../../apiserver/resource.ts';
import type { Stored } from '../../meta/object.ts';
import type { ControllerRevision } from '../kinds.ts';
import { createView, type View } from '../simulation/view.ts';
import { specOf } from './defaults.ts';
import { Families } from './families.ts';
import type { Revisions } from './plan.ts';
import { newRevision, revisionName } from './revisions.ts';

interface KnownRevisions extends Revisions {
  readonly all: readonly Stored<ControllerRevision>[];
}

/** Creates, renumbers, adopts and deletes the ControllerRevisions of StatefulSets. */
export class RevisionHistory {
  readonly view: View;
  readonly #registry: ResourceRegistry<ControllerRevision>;
  readonly #bySet = new Families();

  constructor(registry: ResourceRegistry<ControllerRevision>) {
    this.#registry = registry;
    this.view = createView(
      () => registry.cache,
      ({ key, object, old }) => {
        const owner = (object ?? old)?.metadata.ownerReferences?.find((one) => one.kind === 'StatefulSet');
        const set = owner && `${splitObjectKey(key).namespace}/${owner.name}`;
        if (set !== undefined) this.#bySet.update(set, key, object !== undefined);
      },
    );
  }

  /** Makes sure that the template of the set is its newest revision. @returns all revisions of the set */
  async sync(set: Stored<StatefulSet>, context: CallContext): Promise<KnownRevisions> {
    const update = revisionName(set);
    const own = this.#own(set);
    const current = set.status?.currentRevision || update;
    const newest = own.at(-1);
    const known = own.find((one) => one.metadata.name === update);
    if (!known) {
      const made = await this.#createOrAdopt(newRevision(set, update, (newest?.revision ?? 0) + 1), context);
      return { update, current, all: [...own, made] };
    }
    if (newest && known !== newest) {
      // A rollback to an earlier template makes its revision the newest one.
      const target = { namespace: set.metadata.namespace ?? '', name: update };
      await this.#registry.update(context, target, (now) => ({ ...(now ?? known), revision: newest.revision + 1 }));
    }
    return { update, current, all: own };
  }

  /** Deletes the oldest unused revisions beyond spec.revisionHistoryLimit. */
  async prune(set: Stored<StatefulSet>, { all, current, update }: KnownRevisions, context: CallContext): Promise<void> {
    const dead = all.filter(({ metadata }) => metadata.name !== current && metadata.name !== update);
    const excess = dead.length - (specOf(set).revisionHistoryLimit ?? 10);
    for (const { metadata } of dead.slice(0, Math.max(0, excess))) {
      await this.#registry.delete(context, { namespace: metadata.namespace ?? '', name: metadata.name });
    }
  }

  #own(set: Stored<StatefulSet>): Stored<ControllerRevision>[] {
    const { namespace = '', name, uid } = set.metadata;
    const all = this.#bySet.of(`${namespace}/${name}`).flatMap((key) => {
      const target = splitObjectKey(key);
      return this.#registry.cache.get(target.namespace, target.name)?.object ?? [];
    });
    return all
      .filter((one) => one.metadata.ownerReferences?.some((owner) => owner.uid === uid))
      .sort((a, b) => a.revision - b.revision);
  }

  /** Creates the revision, or adopts an orphan of the same name: the name is a hash of the template. */
  async #createOrAdopt(next: ControllerRevision, context: CallContext): Promise<Stored<ControllerRevision>> {
    const target = { namespace: next.metadata.namespace ?? '', name: next.metadata.name ?? '' };
    const orphan = this.#registry.cache.get(target.namespace, target.name)?.object;
    if (!orphan || orphan.metadata.ownerReferences?.some((one) => one.controller)) {
      return (await this.#registry.create(context, target.namespace, next)).object;
    }
    const { ownerReferences = [] } = next.metadata;
    const adopted = await this.#registry.update(context, target, (now) => ({
      ...(now ?? orphan),
      metadata: { ...(now ?? orphan).metadata, ownerReferences },
      revision: next.revision,
    }));
    return adopted.object;
  }
}
