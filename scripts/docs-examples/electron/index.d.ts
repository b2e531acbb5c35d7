// The types of the fake, for the examples in TypeScript.
import type { EventEmitter } from "node:events";

export interface QuitEvent {
  preventDefault(): void;
}

export interface App {
  getPath(name: "userData"): string;
  whenReady(): Promise<void>;
  quit(): void;
  on(event: "before-quit" | "will-quit", listener: (event: QuitEvent) => void): this;
}

export interface WebContents extends EventEmitter {
  isDestroyed(): boolean;
  send(channel: string, ...args: unknown[]): void;
}

export class BrowserWindow extends EventEmitter {
  constructor(options?: object);
  static getAllWindows(): BrowserWindow[];
  readonly webContents: WebContents;
  loadFile(path: string): Promise<void>;
}

export const app: App;
export const ipcMain: {
  handle(channel: string, handler: (event: unknown, ...args: any[]) => unknown): void;
};
export const ipcRenderer: EventEmitter & {
  invoke(channel: string, ...args: unknown[]): Promise<any>;
};
export const contextBridge: {
  exposeInMainWorld(name: string, api: object): void;
};
