import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readConfiguration } from "../../offline/configuration";
import { deployed } from "../../offline/preview";
import { dev, prod } from "../stacks/raw";
import { Project } from "./project";
import { run } from "./run";

const SENTINEL = "sentinel-h4nter2";
/** The sentinel as it is and in the encodings that a Secret's data or a page could hold. */
const FORMS = [SENTINEL, Buffer.from(SENTINEL).toString("base64").slice(0, 12), encodeURIComponent(SENTINEL)];

const filed = dev({ secrets: { myapp: { KEY: SENTINEL } } });
const asPath = ["-c", `secrets.myapp.KEY=${SENTINEL}`, "--config-path"];
const whole = ["-c", `secrets={"myapp":{"KEY":"${SENTINEL}"}}`];

const formats = ["text", "json", "markdown", "html"];

describe("a value below secrets", () => {
  let project: Project;

  beforeEach(() => {
    project = new Project();
  });

  afterEach(() => project.remove());

  const hidden = async (code: number, ...words: string[]): Promise<string> => {
    const result = await run(...words);
    const printed = result.stdout + result.stderr;
    for (const form of FORMS) assert.ok(!printed.includes(form), `${words.join(" ")} prints it:\n${printed}`);
    assert.equal(result.code, code, result.stderr);
    return printed;
  };

  for (const format of formats) {
    it(`is in no preview as ${format}, be it in the stack's file or on the command line`, async () => {
      project.stackFile("dev", filed);
      await hidden(0, "preview", "--show-sames", "--format", format);
      await hidden(0, "preview", "--format", format, "-c", "canaryWeight=25");
      project.stackFile("dev", dev({}));
      for (const given of [
        asPath,
        whole,
        ["-c", `canary-traffic:secrets.myapp.KEY=${SENTINEL}`, "--config-path"],
      ]) {
        const printed = await hidden(0, "preview", "--policy", "--format", format, ...given);
        if (format !== "text") assert.match(printed, /\[secret\]/);
      }
    });
  }

  it("is in no preview from a state that shows it", async () => {
    project.stackFile("dev", filed);
    const resources = await deployed(project.folder, readConfiguration(project.folder, "dev"));
    project.write("state.json", JSON.stringify({ version: 3, deployment: { resources } }));
    project.stackFile("dev", dev({ secrets: { myapp: { KEY: `${SENTINEL}-new` } } }));
    for (const format of formats) await hidden(0, "preview", "--state", "state.json", "--format", format);
    await hidden(0, "check", "--state", "state.json", "--json");
  });

  it("is in nothing that render and check print or write", async () => {
    project.stackFile("dev", filed);
    for (const format of ["yaml", "json"]) {
      await hidden(0, "render", "--format", format);
      await hidden(0, "render", "--format", format, ...asPath);
    }
    await hidden(0, "check", ...asPath);
    await hidden(0, "render", "--out", "objects");
    for (const file of readdirSync("objects")) {
      const text = readFileSync(join("objects", file), "utf8");
      for (const form of FORMS) assert.ok(!text.includes(form), file);
    }
  });

  it("makes no name, from which it could be guessed", async () => {
    const names = async (value: string): Promise<string[]> => {
      project.stackFile("dev", dev({ secrets: { myapp: { KEY: value } } }));
      const { stdout } = await run("render", "--format", "json");
      return JSON.parse(stdout).map(
        ({ inputs }: { inputs: { metadata?: { name: string } } }) => inputs.metadata?.name,
      );
    };
    assert.deepEqual(await names("0000"), await names("9999"));
  });

  it("is in no error", async () => {
    project.stackFile("dev", filed);
    const wrong: string[][] = [
      ["-c", `secrets.myapp.KEY.more=${SENTINEL}`, "--config-path"],
      ["-c", `secrets.myapp.KEY=${SENTINEL}`],
      ["-c", `secrets.myapp.BAD-NAME=${SENTINEL}`, "--config-path"],
      ["-c", `secrets.other.KEY=${SENTINEL}`, "--config-path"],
      ["-c", `secrets.myapp=${SENTINEL}`, "--config-path"],
      ["-c", `secrets.myapp.KEY[0]=${SENTINEL}`, "--config-path"],
      ["-c", `secrets=${SENTINEL}`],
      ["-c", `secrets={"myapp": "${SENTINEL}`],
      ["-c", `secrets.myapp.KEY ${SENTINEL}`],
      ["-c", `other:secrets.myapp.KEY=${SENTINEL}`, "--config-path"],
    ];
    for (const words of wrong) {
      await hidden(2, "preview", ...words);
      await hidden(2, "preview", "--all-stacks", "--format", "markdown", ...words);
    }
    for (const command of ["render", "check"]) await hidden(2, command, "-c", `secrets=${SENTINEL}`);
    await hidden(2, "preview", "--all-stacks", "--format", "html", "-c", `secrets=${SENTINEL}`);
    project.stackFile("dev", prod({ secrets: { myapp: { KEY: SENTINEL } } }));
    await hidden(2, "preview", "--json");
    for (const written of [
      `${SENTINEL}`,
      `*${SENTINEL}`,
      `@${SENTINEL}`,
      `"a" ${SENTINEL}`,
      `{${SENTINEL}: [`,
    ]) {
      project.write("Pulumi.dev.yaml", `config:\n  canary-traffic:secrets: {myapp: {KEY: ${written}\n`);
      await hidden(2, "preview", "--json");
    }
    project.write("Pulumi.dev.yaml", `config:\n  canary-traffic:secrets: {myapp: {KEY: *${SENTINEL}}}\n`);
    await hidden(2, "preview", "--json");
  });
});
