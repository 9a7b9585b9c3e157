export { createInProcessClient, type InProcessClient, type InProcessClientOptions } from './in-process-client.ts';
