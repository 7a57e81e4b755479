/** Values that options take, from the project's files and the registries. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { parse } from "yaml";
import { routerNames } from "../../components/routers";
import { findProject } from "../../offline/find-project";
import { stackFolder, stackNames } from "../../offline/stack-names";
import { isMap, type Node, readYaml } from "../../offline/yaml";
import { schema } from "../../stacks/schema";

/** Values that may stand in one place, after these words. Whatever can't be read offers nothing. */
export type Offer = (words: readonly string[]) => readonly string[];

const ifReadable =
  (offer: Offer): Offer =>
  (words) => {
    try {
      return offer(words);
    } catch {
      return [];
    }
  };

const project = (): string => findProject(process.cwd());

/** The stack that the words name; else every stack with a file. */
function stacksIn(words: readonly string[]): readonly string[] {
  const at = words.findIndex((word) => word === "-s" || word === "--stack");
  const named = words[at + 1];
  const all = stackNames(project());
  return at >= 0 && named !== undefined && all.includes(named) ? [named] : all;
}

/** The settings of the stacks, by key, without their namespaces. */
function settingsIn(words: readonly string[], key: string): Node[] {
  const folder = stackFolder(project());
  return stacksIn(words).flatMap((stack) => {
    const { config } = readYaml(join(folder, `Pulumi.${stack}.yaml`));
    if (!isMap(config)) return [];
    return Object.entries(config).flatMap(([full, value]) => (full.endsWith(`:${key}`) ? [value] : []));
  });
}

/** Apps by name, and as APP/CANARY those that have several canaries. */
const apps: Offer = (words) =>
  settingsIn(words, "apps").flatMap((all) =>
    Object.entries(isMap(all) ? all : {}).flatMap(([app, settings]) => {
      const canaries = isMap(settings) && isMap(settings.canaries) ? Object.keys(settings.canaries) : [];
      return [app, ...canaries.map((canary) => `${app}/${canary}`)];
    }),
  );

/** Keys of settings, and with `--config-path` the weights of apps. */
const settings: Offer = (words) => [
  ...Object.keys(schema.shape).map((key) => `${key}=`),
  ...(words.includes("--config-path")
    ? apps(words)
        .filter((app) => !app.includes("/"))
        .map((app) => `apps.${app}.canaryWeight=`)
    : []),
];

/** Contexts of the kubeconfig. */
const contexts: Offer = () => {
  const named = process.env.KUBECONFIG?.split(delimiter).filter((file) => file !== "") ?? [];
  const files = named.length > 0 ? named : [join(homedir(), ".kube", "config")];
  return files.flatMap((file) => {
    const { contexts = [] } = parse(readFileSync(file, "utf8")) as { contexts?: { name: string }[] };
    return contexts.map(({ name }) => name);
  });
};

/** By an option's long name. */
export const offeredOptions: Readonly<Record<string, Offer>> = {
  "--stack": ifReadable(() => stackNames(project())),
  "--app": ifReadable(apps),
  "--config": ifReadable(settings),
  "--context": ifReadable(contexts),
};

/** By the name of the command whose argument it is. */
export const offeredArguments: Readonly<Record<string, Offer>> = {
  routers: () => routerNames(),
};
