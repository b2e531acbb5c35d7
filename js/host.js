"use strict";

/** The oldest Node-API that has every function that native code calls. */
const OLDEST_NODE_API = 8;

// The native part can be loaded by an older host, too, and would fail there in odd ways. A host
// that does not tell its version is given a chance.
if (Number(process.versions.napi) < OLDEST_NODE_API) {
  throw new Error(
    `[stowage] This needs Node-API ${OLDEST_NODE_API} (Node 18 or newer, Electron 22 or newer), and here it is ${process.versions.napi}.`,
  );
}
