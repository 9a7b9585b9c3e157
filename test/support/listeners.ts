/** Whether Node.js takes so many listeners for a leak. */
export async function warnsOfListeners(signal: AbortSignal, count = 100): Promise<boolean> {
  const warnings: string[] = [];
  const note = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', note);
  for (let at = 0; at < count; at++) signal.addEventListener('abort', () => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', note);
  return warnings.includes('MaxListenersExceededWarning');
}
