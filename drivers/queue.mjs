import queueDriver from "./queue.js";

export default queueDriver;
export const { flushQueue } = queueDriver;
