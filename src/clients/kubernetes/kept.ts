/** What is kept of the objects that kube-apiserver sends: nobody here reads who manages which field. */
import type { Node } from '../../apis/kubernetes/types.ts';
import type { KubeObject, Stored } from '../../meta/object.ts';

/** Changes the object, which nobody else has yet. */
export type Strip<T extends KubeObject> = (object: Stored<T>) => void;

export function stripObject(object: KubeObject): void {
  delete object.metadata.managedFields;
}

/** The images that a node has pulled are most of its size. */
export function stripNode(node: Node): void {
  stripObject(node);
  delete node.status?.images;
}
