export { createInProcessClient, type InProcessClient } from './in-process-client.ts';
