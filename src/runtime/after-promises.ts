/**
 * Calls back in the same turn of the event loop, after all that goes on in resolved promises: so that whoever lets several
 * wait for their turn can measure what each of them does. A tick alone would come before it.
 */
export function afterPromises(callback: () => void): void {
  queueMicrotask(() => process.nextTick(callback));
}
