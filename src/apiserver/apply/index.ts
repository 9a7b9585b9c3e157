/** Server-side apply: who owns which fields of an object, and merging what each of them wants. */
export { fieldPath } from './fieldpath/index.ts';
export { checkedAfterAdmission } from './managed/after-admission.ts';
export type { FieldManager } from './managed/contract.ts';
export { ManagedFieldsError } from './managed/entries.ts';
export { createFieldManager, type FieldManagerOptions } from './managed/field-manager.ts';
export { defaultManager, managedFieldsErrors, managerErrors, ownershipOptionErrors } from './managed/manager-name.ts';
export { resetFieldsOf } from './managed/reset-fields.ts';
export { fromScaleEntries, toScaleEntries, type ScaledField } from './managed/scale.ts';
export { withOldTimes } from './managed/times.ts';
