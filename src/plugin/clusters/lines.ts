/** Text that comes in parts, as lines. */

/** A line that grows longer is given in pieces, so that a server cannot fill the memory. */
const longestLine = 4 * 1024 * 1024;

/** Lines without their line feeds. The last one need not end with one. @throws what breaks the source */
export async function* linesOf(source: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of source) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
    if (rest.length > longestLine) {
      yield rest;
      rest = '';
    }
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}
