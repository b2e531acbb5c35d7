export {
  default,
  flushQueue,
  type QueueContext,
  type QueueDriverOptions,
  type QueuedOperation,
} from "./queue.js";
