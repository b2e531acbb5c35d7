export { default } from "./sqlite.js";
