/** Ctrl-C and its kin. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  exit(code: number): never;
}

/** What a shell reports of a process that Ctrl-C ended: 128 + SIGINT. */
const interrupted = 130;

/** Aborts at the first SIGINT or SIGTERM; a second one ends the process at once, for those in a hurry. */
export function abortOnSignal(source: SignalSource): AbortSignal {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) source.exit(interrupted);
    controller.abort();
  };
  source.on('SIGINT', onSignal);
  source.on('SIGTERM', onSignal);
  return controller.signal;
}
