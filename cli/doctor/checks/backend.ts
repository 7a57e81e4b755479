/** Where the stack's state is kept, and what is left of work on it. */
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import * as z from "zod";
import { shortName, stackFile } from "../../../offline/stack-names";
import { readYaml } from "../../../offline/yaml";
import { lastRollout, rolloutFiles } from "../../../rollout/journal/journal";
import { holderOf } from "../../../rollout/journal/lock";
import { interrupted } from "../../../rollout/machine/resume";
import { type DoctorCheck, fine, missing, type Patient, unknown } from "../check";
import { isPassphrase } from "../passphrase";

const always = (): boolean => true;

const whoami = z.object({ user: z.string(), url: z.string().default("") });

/** A backend's address without what only its user is to know. */
const shownUrl = (url: string): string => url.replace(/\/\/[^/@]*@/, "//").replace(/\?.*$/, "");

export const login: DoctorCheck = {
  title: "backend",
  concerns: always,
  async look({ pulumi }) {
    const { code, stdout } = await pulumi(["whoami", "--json"]);
    if (code !== 0)
      return missing("nobody is logged in, or it does not answer", "pulumi login, or pulumi login --local");
    const { user, url } = whoami.parse(JSON.parse(stdout));
    return fine(`${shownUrl(url)}, as ${user}`);
  },
};

const VARIABLE = "PULUMI_CONFIG_PASSPHRASE";

const saltOf = ({ folder, configuration }: Patient): string | undefined => {
  const { encryptionsalt } = readYaml(stackFile(folder, configuration.stack));
  return typeof encryptionsalt === "string" ? encryptionsalt : undefined;
};

export const passphrase: DoctorCheck = {
  title: "passphrase",
  concerns: (patient) => saltOf(patient) !== undefined,
  async look(patient) {
    const { env, configuration } = patient;
    const mend = `export ${VARIABLE}=..., or ${VARIABLE}_FILE with a file that holds it`;
    const file = env[`${VARIABLE}_FILE`];
    const given = env[VARIABLE] ?? (file && existsSync(file) ? readFileSync(file, "utf8").trim() : undefined);
    if (given === undefined)
      return missing(
        file
          ? `${VARIABLE}_FILE names ${file}, which is not there`
          : "the stack has one, and no variable says it",
        mend,
      );
    const isRight = await isPassphrase(given, saltOf(patient) ?? "");
    if (isRight === undefined) return unknown("the stack's encryptionsalt is of another kind");
    return isRight ? fine("is the stack's") : missing(`is not the one of stack ${configuration.stack}`, mend);
  },
};

const stacks = z.array(z.object({ name: z.string(), resourceCount: z.number().optional() }));

export const stackThere: DoctorCheck = {
  title: "stack",
  concerns: always,
  async look({ pulumi, configuration }) {
    const { stack, qualifiedStack = stack } = configuration;
    const { code, stdout } = await pulumi(["stack", "ls", "--json"]);
    if (code !== 0) return unknown("the backend does not list its stacks", "pulumi stack ls");
    const found = stacks.parse(JSON.parse(stdout)).find(({ name }) => shortName(name) === stack);
    if (found === undefined)
      return missing(`${stack} is not in the backend`, `pulumi stack init ${qualifiedStack}`);
    return fine(`${stack}, ${found.resourceCount ?? 0} resources`);
  },
};

export const leftovers: DoctorCheck = {
  title: "rollouts",
  concerns: always,
  async look({ folder, configuration: { stack } }) {
    const { journal, lock } = rolloutFiles(folder, stack);
    const holder = holderOf(lock);
    if (holder !== undefined)
      return unknown(
        `canary ${holder.command} is under way: process ${holder.pid} on ${holder.host}`,
        `canary status -s ${stack}, or canary abort -s ${stack}`,
      );
    const open = interrupted(lastRollout(journal));
    if (open === undefined) return fine("none is under way, none was interrupted");
    return missing(
      `one was interrupted: ${relative(folder, journal)}`,
      `canary rollout -s ${stack} --resume, or canary rollback -s ${stack}`,
    );
  },
};
