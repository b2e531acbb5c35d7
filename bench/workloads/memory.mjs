import { verifyBatch, verifyCount, verifySum } from "./checks.mjs";
import { on } from "./define.mjs";
import {
  getEach,
  getEachSync,
  hasEach,
  hasEachSync,
  missEach,
  missEachSync,
  planKeys,
  setEach,
  setEachSync,
  storeAndMiss,
  storeHot,
  storeKeys,
  storeShuffled,
} from "./loops.mjs";
import { RICH } from "./rich.mjs";
import { RSS } from "./rss.mjs";
import { itemsOf, verifyKeys, verifyStored } from "./values.mjs";

const HUNDRED_THOUSAND = 100_000;

/** A hundred nanoseconds each: fewer would show the compiler at work. */
const MILLION = 1_000_000;

/** Enough for the compiler to be done with a batch, too. */
const WARM_BATCH = 30_000;

export const MEMORY = on("memory", HUNDRED_THOUSAND, [
  {
    name: "memory setItemSync",
    needs: ["setSync"],
    prepare: planKeys,
    measure: setEachSync,
    check: verifyStored,
  },
  {
    name: "memory getItemSync, 1k keys again and again",
    needs: ["getSync"],
    size: MILLION,
    prepare: storeHot,
    measure: getEachSync,
    answers: verifySum,
    check: verifyStored,
  },
  {
    name: "memory getItemSync, 100k keys in random order",
    needs: ["getSync"],
    prepare: storeShuffled,
    measure: getEachSync,
    answers: verifySum,
    check: verifyStored,
  },
  {
    name: "memory getItemSync of missing keys",
    needs: ["getSync"],
    prepare: storeAndMiss,
    measure: missEachSync,
    answers: verifyCount,
  },
  {
    name: "memory hasItemSync",
    needs: ["hasSync"],
    prepare: storeShuffled,
    measure: hasEachSync,
    answers: verifyCount,
  },
  {
    name: "memory setItem, awaited",
    needs: ["set"],
    prepare: planKeys,
    measure: setEach,
    check: verifyStored,
  },
  {
    name: "memory getItem, awaited, 1k keys again and again",
    needs: ["get"],
    size: MILLION,
    prepare: storeHot,
    measure: getEach,
    answers: verifySum,
    check: verifyStored,
  },
  {
    name: "memory getItem, awaited, 100k keys in random order",
    needs: ["get"],
    prepare: storeShuffled,
    measure: getEach,
    answers: verifySum,
    check: verifyStored,
  },
  {
    name: "memory getItem of missing keys, awaited",
    needs: ["get"],
    prepare: storeAndMiss,
    measure: missEach,
    answers: verifyCount,
  },
  {
    name: "memory hasItem, awaited",
    needs: ["has"],
    prepare: storeShuffled,
    measure: hasEach,
    answers: verifyCount,
  },
  {
    name: "memory setItems of 100k",
    needs: ["setMany"],
    warm: WARM_BATCH,
    prepare(scene) {
      planKeys(scene);
      scene.state.items = itemsOf(scene.state.keys);
    },
    measure: ({ store, state }) => store.setMany(state.items),
    check: verifyStored,
  },
  {
    name: "memory getItems of 100k",
    needs: ["getMany"],
    warm: WARM_BATCH,
    prepare: storeKeys,
    measure: ({ store, state }) => store.getMany(state.keys),
    answers: verifyBatch,
  },
  {
    name: "memory getKeys of 100k",
    needs: ["keys"],
    warm: WARM_BATCH,
    prepare: storeKeys,
    measure: ({ store }) => store.keys(),
    answers: ({ state }, keys) => verifyKeys(keys, state.keys),
  },
  ...RICH,
  ...RSS,
]);
