export { default } from "./fs.js";
