/**
 * A time as Kubernetes' metav1.Time prints it: RFC 3339 in UTC, whole seconds; a fraction is cut off.
 * Throws RangeError for an invalid Date.
 */
export function kubeTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
