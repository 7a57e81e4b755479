import assert from "node:assert/strict";
import { diffProperties } from "../../offline/diff";
import { valueAt } from "../../offline/values";
import { Project } from "../cli/project";
import { run } from "../cli/run";
import { app, dev, type Raw } from "./raw";

/** Names that every object of JavaScript's answers to. */
const NAMES = [
  "constructor",
  "toString",
  "valueOf",
  "hasOwnProperty",
  "isPrototypeOf",
  "__proto__",
  "__defineGetter__",
];
const IMAGE = "registry.example.com/myapp:1.2.0";
const metric = (change: object) => ({ name: "errors", source: "http", query: "$", max: 1, ...change });

/** Each place where a name of the user's is looked up. */
const PLACES: Readonly<Record<string, (name: string) => Raw>> = {
  "an app": (name) => ({ apps: { [name]: { host: "a.example.com", image: IMAGE } } }),
  "a canary": (name) =>
    app({
      canaryImage: undefined,
      canaryWeight: undefined,
      canaries: { [name]: { image: IMAGE, weight: 5 } },
    }),
  "a branch": (name) => app({ branches: { header: "x-branch", images: { [name]: IMAGE } } }),
  "a match's variant": (name) => app({ match: [{ header: "x", value: "y", variant: name }] }),
  "a mirror's variant": (name) => app({ mirror: { variant: name, percent: 1 } }),
  "a router": (name) => app({ router: name }),
  "a router's settings": (name) => dev({ routers: { [name]: {} } }),
  "a platform": (name) => dev({ platform: name }),
  "a policy": (name) => dev({ policies: { rules: { [name]: "off" } } }),
  "a waiver": (name) =>
    dev({ policies: { waivers: [{ rule: name, resource: "x", reason: "y", until: "2999-01-01" }] } }),
  "a source": (name) => dev({ rollout: { sources: { [name]: {} } } }),
  "a metric's source": (name) => dev({ rollout: { analysis: { metrics: [metric({ source: name })] } } }),
  "a metric": (name) => dev({ rollout: { analysis: { metrics: [metric({ name, source: "person" })] } } }),
  "a notice": (name) => dev({ rollout: { notices: [{ kind: name, urlFrom: "X" }] } }),
  "an engine": (name) => dev({ rollout: { engine: name } }),
  "a secret's app": (name) => dev({ secrets: { [name]: { KEY: "value" } } }),
  "a secret": (name) => dev({ secrets: { myapp: { [name]: "value" } } }),
  "an adopted resource": (name) => dev({ adopt: { [name]: "id" } }),
  "a setting": (name) => dev({ [name]: {} }),
};

describe("a name that objects have", function () {
  this.timeout(120_000);
  let project: Project;
  before(() => {
    project = new Project();
  });
  after(() => project.remove());

  for (const [place, settings] of Object.entries(PLACES)) {
    it(`is a name as any other for ${place}, or one line`, async () => {
      for (const name of NAMES) {
        project.stackFile("dev", JSON.parse(JSON.stringify(settings(name))));
        const commands = [["check"], ["render"], ["preview", "--policy", "--format", "markdown"]];
        for (const words of commands) {
          const { code, stderr } = await run(...words);
          assert.notEqual(stderr.includes("\n    at "), true, `${name}: ${stderr}`);
          assert.ok(code === 0 || code === 1 || stderr.trim() !== "", name);
          if (code !== 2) continue;
          for (const line of stderr.trim().split("\n"))
            assert.match(
              line,
              /allowed|is no key|no such|unknown|did you mean|is missing/i,
              `${name}: ${line}`,
            );
          // What one refuses all refuse, by the same words.
          break;
        }
      }
    });
  }
});

describe("a difference in a key that objects have", () => {
  for (const key of NAMES) {
    it(`is an addition and a deletion as any other's: ${key}`, () => {
      const rules = { replaces: () => false };
      const holding = JSON.parse(`{"data": {"a": "1", ${JSON.stringify(key)}: "2"}}`);
      const kinds = (diff: object) => Object.values(diff).map(({ kind }) => kind);
      assert.deepEqual(kinds(diffProperties({ data: { a: "1" } }, holding, rules)), ["add"]);
      assert.deepEqual(kinds(diffProperties(holding, { data: { a: "1" } }, rules)), ["delete"]);
      assert.equal(valueAt({ data: {} }, `data.${key}`), undefined);
      assert.equal(valueAt(holding, `data.${key}`), "2");
    });
  }
});
