export { default } from "./fs-lite.js";
