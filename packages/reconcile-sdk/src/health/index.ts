/** What a process says about itself over HTTP. */
export { serve, type HttpAnswer, type RunningServer, type ServeOptions } from './http-server.ts';
export { readiness } from './probes.ts';
