export { default } from "./memory.js";
