// Overwrites one key for ever and says when each write begins: the parent kills it in between.
import { createStorage } from "stowage";
import fs from "stowage/drivers/fs";

const [base, length] = process.argv.slice(2);
const storage = createStorage({ driver: fs({ base }) });
for (let round = 0; ; round++) {
  const writing = storage.setItem("big", String(round % 10).repeat(Number(length)));
  process.stdout.write(`${round}\n`);
  await writing;
}
