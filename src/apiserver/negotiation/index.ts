export { parseAccept, type AcceptClause } from './accept.ts';
export { encodeList, encodeObject, encodeValue } from './encode.ts';
export { hasCurrent, hashOf } from './etag.ts';
export { humanDuration } from './human-duration.ts';
export {
  asksForNoKind,
  endsLine,
  mediaTypeOf,
  mediaTypes,
  negotiate,
  prettyWanted,
  type MediaType,
} from './negotiate.ts';
export { serialize } from './serialize.ts';
export { createWatchEncoder, initialEventsEnd, type WatchEncoder } from './watch-encoder.ts';
