/** Ctrl-C and its kin. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  exit(code: number): never;
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once, for those in a hurry. */
export function untilSignalled(source: SignalSource): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (): void => {
      if (asked) source.exit(130);
      asked = true;
      resolve();
    };
    source.on('SIGINT', onSignal);
    source.on('SIGTERM', onSignal);
  });
}
