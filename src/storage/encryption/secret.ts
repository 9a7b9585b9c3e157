const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The bytes of a key in a configuration; undefined where it is not base64. Line ends are passed over, as in Go. */
export function decodeSecret(text: string): Buffer | undefined {
  const joined = text.replaceAll(/[\r\n]/g, '');
  return base64.test(joined) ? Buffer.from(joined, 'base64') : undefined;
}
