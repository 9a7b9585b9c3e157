export { parseAccept, type AcceptClause } from './accept.ts';
export type { Negotiated, Representation } from './contract.ts';
export { encodeList, encodeObject, encodeValue, type Encoded } from './encode.ts';
export { hasCurrent, hashOf } from './etag.ts';
export { humanDuration } from './human-duration.ts';
export {
  asksForNoKind,
  endsLine,
  mediaTypeOf,
  mediaTypes,
  negotiate,
  prettyWanted,
  type Allowed,
  type MediaType,
  type Query,
} from './negotiate.ts';
export { serialize } from './serialize.ts';
export { createWatchEncoder, initialEventsEnd, type WatchEncoder } from './watch-encoder.ts';
