/** Annotations and finalizers of storage. Source: https://kubernetes.io/docs/reference/labels-annotations-taints/ */

/** On a claim: the node that the scheduler has chosen, so that the volume is provisioned there. */
export const selectedNodeAnnotation = 'volume.kubernetes.io/selected-node';
/** On a claim: "yes" once it is bound to its volume. */
export const bindCompletedAnnotation = 'pv.kubernetes.io/bind-completed';
/** On a claim: "yes" if the controller chose the volume, not the user. */
export const boundByControllerAnnotation = 'pv.kubernetes.io/bound-by-controller';
/** On a volume: the provisioner that made it. */
export const provisionedByAnnotation = 'pv.kubernetes.io/provisioned-by';
/** The finalizer of a claim. When the claim is deleted, it is removed once no pod uses the claim. */
export const claimProtection = 'kubernetes.io/pvc-protection';
/** The finalizer of a volume. When the volume is deleted, it is removed once no claim is bound to it. */
export const volumeProtection = 'kubernetes.io/pv-protection';
