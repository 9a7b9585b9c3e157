export { createLeaseClient } from './lease-client.ts';
export { createLeaseLeadership, timingsProblem, type ElectionTimings } from './lease-leadership.ts';
