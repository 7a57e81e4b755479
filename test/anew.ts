/** Loads the project's modules anew. */
import { join, resolve } from "node:path";

const ROOT = resolve(__dirname, "..");
const isOwn = (file: string): boolean =>
  file.startsWith(`${ROOT}/`) && !file.startsWith(join(ROOT, "node_modules/"));

/**
 * What `load` requires, in modules of its own: what it adds to a registry is seen by all that is made of that registry, and by no
 * other test.
 */
export function anew<T>(load: () => T): T {
  const own = () => Object.entries(require.cache).filter(([file]) => isOwn(file));
  const before = own();
  for (const [file] of before) delete require.cache[file];
  try {
    return load();
  } finally {
    for (const [file] of own()) delete require.cache[file];
    for (const [file, module] of before) require.cache[file] = module;
  }
}
