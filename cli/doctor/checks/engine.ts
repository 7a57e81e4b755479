/** Pulumi's engine, and what it needs on this machine. */
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { coerce, gte, satisfies } from "semver";
import * as z from "zod";
import { findPulumi, NO_PULUMI } from "../../../base/pulumi-cli";
import { engines } from "../../../package.json";
import { hasCluster, hasFleets } from "../../../stacks/settings";
import { type DoctorCheck, fine, missing, type Patient, unknown } from "../check";

const always = (): boolean => true;

export const node: DoctorCheck = {
  title: "Node.js",
  concerns: always,
  look: async () =>
    satisfies(process.versions.node, engines.node)
      ? fine(process.version)
      : missing(
          `is ${process.version}, and has to be ${engines.node}`,
          "nvm install 22, or https://nodejs.org",
        ),
};

/** The first that keeps tags of stacks in every backend, by which a rollout's sign of life is seen elsewhere. */
const LEAST_CLI = "3.211.0";
const INSTALL = "curl -fsSL https://get.pulumi.com | sh";

export const pulumi: DoctorCheck = {
  title: "Pulumi's CLI",
  concerns: always,
  async look(patient) {
    if (patient.cli === undefined)
      return findPulumi(patient.folder)?.launcher === undefined
        ? missing(NO_PULUMI, "npx pulumi version")
        : missing("the project's package pulumi has not downloaded it yet", "npx pulumi version");
    const { code, stdout } = await patient.pulumi(["version"]);
    const version = coerce(stdout.trim());
    if (code !== 0 || version === null) return unknown("does not say its version", INSTALL);
    return gte(version, LEAST_CLI)
      ? fine(`v${version}`)
      : missing(`is v${version}, and has to be ${LEAST_CLI} or later for canary rollout`, INSTALL);
  },
};

const HOST = "pulumi-language-nodejs";

export const languageHost: DoctorCheck = {
  title: "its language host",
  concerns: always,
  async look({ cli, env }) {
    if (cli === undefined) return unknown("without Pulumi's CLI it can't be told");
    const places = [dirname(realpathSync(cli)), ...(env.PATH ?? "").split(delimiter)];
    return places.some((place) => existsSync(join(place, HOST)))
      ? fine(HOST)
      : missing(`${HOST} is neither beside pulumi nor on PATH`, INSTALL);
  },
};

/** Pulumi's packages that the stack's program imports. */
const packagesOf = ({ settings }: Patient): string[] => [
  "@pulumi/pulumi",
  ...(hasCluster(settings) ? ["@pulumi/kubernetes"] : []),
  ...(hasFleets(settings) || "edge" in settings ? ["@pulumi/aws"] : []),
];

export const packages: DoctorCheck = {
  title: "npm packages",
  concerns: always,
  async look(patient) {
    const needed = packagesOf(patient);
    const absent = needed.filter((name) => folderOf(patient, name) === undefined);
    return absent.length === 0
      ? fine(needed.join(", "))
      : missing(`${absent.join(", ")} ${absent.length === 1 ? "is" : "are"} not installed`, "npm install");
  },
};

/** The folder of a package, as the project's program finds it. */
function folderOf({ folder }: Pick<Patient, "folder">, name: string): string | undefined {
  try {
    return dirname(createRequire(join(folder, "index.js")).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

interface Plugin {
  readonly name: string;
  readonly version: string;
}

/** What the Node language host asks for: a provider for each package of Pulumi's that is installed. */
function pluginsOf(patient: Patient): Plugin[] {
  const sdk = folderOf(patient, "@pulumi/pulumi");
  if (sdk === undefined) return [];
  const scope = dirname(sdk);
  return readdirSync(scope).flatMap((name) => {
    const file = join(scope, name, "package.json");
    if (!existsSync(file)) return [];
    const { pulumi, version } = JSON.parse(readFileSync(file, "utf8"));
    if (pulumi?.resource !== true) return [];
    return [{ name: pulumi.name ?? name, version: (pulumi.version ?? version).replace(/^v/, "") }];
  });
}

const installed = z.array(z.object({ name: z.string(), kind: z.string(), version: z.string().optional() }));

export const plugins: DoctorCheck = {
  title: "providers",
  concerns: always,
  async look(patient) {
    const needed = pluginsOf(patient);
    if (needed.length === 0) return unknown("without npm packages they can't be told", "npm install");
    const { code, stdout } = await patient.pulumi(["plugin", "ls", "--json"]);
    if (code !== 0) return unknown("pulumi plugin ls fails", "pulumi plugin ls");
    const there = installed.parse(JSON.parse(stdout));
    const onPath = (name: string): boolean =>
      (patient.env.PATH ?? "")
        .split(delimiter)
        .some((place) => existsSync(join(place, `pulumi-resource-${name}`)));
    const absent = needed.filter(
      ({ name, version }) =>
        !onPath(name) &&
        !there.some((one) => one.kind === "resource" && one.name === name && one.version === version),
    );
    if (absent.length === 0) return fine(needed.map(({ name, version }) => `${name} ${version}`).join(", "));
    return missing(
      `${absent.map(({ name, version }) => `${name} ${version}`).join(", ")} not installed; pulumi up fetches what is missing, if this machine may`,
      absent.map(({ name, version }) => `pulumi plugin install resource ${name} v${version}`).join(" && "),
    );
  },
};
