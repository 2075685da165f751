/** What a process says about itself over HTTP. */
export {
  serve,
  type HttpAnswer,
  type HttpRequestFacts,
  type Route,
  type RunningServer,
  type ServeOptions,
} from './http-server.ts';
export { liveness, readiness, type LivenessFacts, type ReadinessFacts } from './probes.ts';
