// As much of Electron's types as this example needs, so that it can be checked without installing
// Electron. Remove this file in an app: it has the real ones.
declare module "electron" {
  import type { EventEmitter } from "node:events";

  interface WebContents extends EventEmitter {
    isDestroyed(): boolean;
    send(channel: string, ...args: unknown[]): void;
  }

  class BrowserWindow extends EventEmitter {
    constructor(options?: object);
    static getAllWindows(): BrowserWindow[];
    readonly webContents: WebContents;
    loadFile(path: string): Promise<void>;
  }

  const app: {
    getPath(name: "userData"): string;
    whenReady(): Promise<void>;
    quit(): void;
    on(event: "before-quit", listener: (event: { preventDefault(): void }) => void): void;
  };

  const ipcMain: {
    handle(channel: string, handler: (event: unknown, ...args: any[]) => unknown): void;
  };

  const ipcRenderer: {
    invoke(channel: string, ...args: unknown[]): Promise<any>;
    on(channel: string, listener: (event: unknown, ...args: any[]) => void): void;
  };

  const contextBridge: {
    exposeInMainWorld(name: string, api: object): void;
  };
}
