/** RFC 3339 in UTC with whole seconds, as Kubernetes' metav1.Time prints it. */
export const timestamp = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;
