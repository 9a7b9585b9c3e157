/** Newline-delimited JSON, as watches send it. */

/**
 * Each line's value as soon as the line is complete.
 * @throws SyntaxError for a line that is no JSON, the last and unfinished one included; whatever the chunks throw
 */
export async function* jsonLines(chunks: AsyncIterable<string>): AsyncGenerator<unknown, void, undefined> {
  // Of the line that is not complete yet; joined only once, as one object may come in many pieces.
  let pieces: string[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', start)) {
      const line = [...pieces, chunk.slice(start, end)].join('');
      pieces = [];
      start = end + 1;
      if (line.trim() !== '') yield JSON.parse(line);
    }
    if (start < chunk.length) pieces.push(chunk.slice(start));
  }
  const last = pieces.join('');
  if (last.trim() !== '') yield JSON.parse(last);
}
