import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL(".", import.meta.url));
const CASES = "*.{spec,test}.{ts,mts,js,mjs,cjs}";

/** What all suites share. */
const common = {
  root,
  // Each file gets a process of its own, as a native library in real use does: a crash names its
  // file, and state that one file leaves behind is not seen by another.
  pool: /** @type {const} */ ("forks"),
  testTimeout: 30_000,
  hookTimeout: 30_000,
  server: {
    // The package is loaded by Node itself, not by Vite: that is how users load it.
    deps: { external: [/^(?!.*(__test__|node_modules)).*\.(js|mjs|cjs)$/] },
  },
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: "js",
          include: [`__test__/**/${CASES}`],
          exclude: ["__test__/docs/**", "__test__/package/**", "__test__/types/**"],
        },
      },
      {
        // What the documents say: their examples run, their references hold.
        test: {
          ...common,
          name: "docs",
          include: [`__test__/docs/**/${CASES}`],
        },
      },
      {
        // The packed tarball in a project of its own: installs, compilers and bundlers take time.
        test: {
          ...common,
          name: "package",
          include: [`__test__/package/${CASES}`],
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          ...common,
          name: "types",
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            checker: "tsc",
            tsconfig: "__test__/types/tsconfig.json",
            include: ["__test__/types/**/*.test-d.mts"],
            // The declarations are checked as strictly as the tests.
            ignoreSourceErrors: false,
          },
        },
      },
    ],
  },
});
