/** Apps whose pods and Services are those of a manifest in the project. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import type { ApiObject } from "../components/kubernetes/manifest/object";
import { type ManifestPlan, ManifestProblems, planManifest } from "../components/kubernetes/manifest/plan";
import { readManifest } from "../components/kubernetes/manifest/read";
import { BASELINE } from "../components/traffic";
import { canariesOf } from "./apps";
import { baselineOf } from "./baseline";
import type { Problem } from "./problems";
import type { Parsed, ParsedApp } from "./schema";

/** Bytes of the largest file that is read: no API server takes an object of a tenth of that. */
const MOST_BYTES = 20 * 1024 * 1024;

/** The plans of all apps that have a manifest, and what is wrong with the files. */
export function manifestPlans(parsed: Parsed): {
  plans: ReadonlyMap<string, ManifestPlan>;
  problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const plans = Object.entries(parsed.apps).flatMap(([name, app]) => {
    if (app.manifest === undefined) return [];
    const plan = planOf(parsed, name, app, app.manifest, problems);
    return plan === undefined ? [] : [[name, plan] as const];
  });
  return { plans: new Map(plans), problems };
}

function planOf(
  parsed: Parsed,
  name: string,
  app: ParsedApp,
  manifest: string,
  problems: Problem[],
): ManifestPlan | undefined {
  const before = problems.length;
  const key = `apps.${name}.manifest`;
  const objects = objectsOf(key, manifest, problems);
  const canaries = canariesOf(parsed, name, app);
  const planned = canaries.map((canary) => ({
    name: canary.name,
    replicas: canary.replicas,
    ...(canary.image !== undefined && { image: canary.image }),
    ...(canary.manifest !== undefined && {
      objects: objectsOf(
        canary.name === "canary" && app.canaryManifest !== undefined
          ? `apps.${name}.canaryManifest`
          : `apps.${name}.canaries.${canary.name}.manifest`,
        canary.manifest,
        problems,
      ),
    }),
  }));
  const baseline = baselineOf(parsed, app, canaries);
  const beside = canaries.find((canary) => canary.name === baseline?.canary);
  if (problems.length > before) return undefined;
  try {
    return planManifest({
      app: name,
      objects,
      ...(app.namespace !== undefined && { namespace: app.namespace }),
      ...(app.image !== undefined && { image: app.image }),
      ...(app.container !== undefined && { container: app.container }),
      ...(app.servicePort !== undefined && { servicePort: app.servicePort }),
      hosts: [app.host, ...canaries.map(({ host }) => host)].filter((host) => host !== undefined),
      canaries: [
        ...planned,
        ...(baseline === undefined
          ? []
          : [
              {
                name: BASELINE,
                replicas: baseline.replicas,
                beside: beside?.image ?? "",
                ...(app.image !== undefined && { image: app.image }),
              },
            ]),
      ],
    });
  } catch (error) {
    if (!(error instanceof ManifestProblems)) throw error;
    problems.push(...error.problems.map((allowed) => ({ key, value: manifest, allowed })));
    return undefined;
  }
}

const YAML = /\.(ya?ml|json)$/;

export const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

/** Whether a folder of manifests stands for a file of this name, too: by what `kubectl apply --filename` takes. */
export const isManifestFile = (name: string): boolean => YAML.test(name);

/** The files of a manifest: the one, or those of a folder. */
export const manifestFiles = (path: string): string[] =>
  isFolder(path)
    ? readdirSync(path)
        .filter(isManifestFile)
        .sort()
        .map((name) => join(path, name))
    : [path];

/** The objects of a file of the project's, or of all files of a folder. */
function objectsOf(key: string, file: string, problems: Problem[]): readonly ApiObject[] {
  const refuse = (allowed: string): [] => {
    problems.push({ key, value: file, allowed });
    return [];
  };
  if (isAbsolute(file)) return refuse("a path from the project's folder");
  const path = join(projectFolder(), file);
  if (!existsSync(path)) return refuse(`a file of the project's: there is no ${path}`);
  const files = manifestFiles(path);
  if (files.length === 0) return refuse("a folder with files that end in .yaml, .yml or .json");
  return files.flatMap((each) =>
    fileOf(each, (allowed) => refuse(each === path ? allowed : `in its file ${basename(each)}: ${allowed}`)),
  );
}

function fileOf(path: string, refuse: (allowed: string) => []): readonly ApiObject[] {
  if (!statSync(path).isFile()) return refuse("a file, or a folder of files");
  if (statSync(path).size > MOST_BYTES) return refuse(`a file of at most ${MOST_BYTES} bytes`);
  const { objects, problems: wrong } = readManifest(readFileSync(path, "utf8"));
  for (const allowed of wrong) refuse(allowed);
  return objects;
}

/** The folder of Pulumi.yaml, as the engine says it, which runs a program in its own folder: `main` may be elsewhere. Without an engine, here or above. */
function projectFolder(): string {
  const root = process.env.PULUMI_NODEJS_ROOT_DIRECTORY;
  if (root !== undefined && existsSync(join(root, "Pulumi.yaml"))) return root;
  const here = process.cwd();
  for (let folder = here; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "Pulumi.yaml"))) return folder;
    if (folder === dirname(folder)) return here;
  }
}
