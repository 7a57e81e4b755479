import assert from "node:assert/strict";
import * as fc from "fast-check";
import { evaluate } from "../../offline/program";
import { Sandbox } from "./sandbox";

const values = fc.letrec((tie) => ({
  leaf: fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant(undefined)),
  list: fc.array(tie("value"), { maxLength: 4 }),
  object: fc.dictionary(fc.string({ minLength: 1, maxLength: 4 }), tie("value"), { maxKeys: 4 }),
  value: fc.oneof({ maxDepth: 4, depthSize: "small" }, tie("leaf"), tie("list"), tie("object")),
})).value;

/** As text of a program: JSON has no `undefined`. */
const textOf = (value: unknown): string =>
  Array.isArray(value)
    ? `[${value.map(textOf).join(", ")}]`
    : typeof value === "object" && value !== null
      ? `{ ${Object.entries(value)
          .map(([key, item]) => `[${JSON.stringify(key)}]: ${textOf(item)}`)
          .join(", ")} }`
      : value === undefined
        ? "undefined"
        : JSON.stringify(value);

describe("what a program gives a resource", () => {
  let sandbox: Sandbox;

  beforeEach(() => {
    sandbox = new Sandbox("config: {}\n");
  });

  afterEach(() => sandbox.remove());

  const inputs = async (body: string): Promise<Map<string, unknown>> => {
    sandbox.program(body);
    const { states } = await evaluate(sandbox.folder, sandbox.configuration());
    return new Map(states.map(({ name, inputs }) => [name, inputs]));
  };

  it("is taken as the SDK takes it, plain or behind outputs, at any depth", async () => {
    const all = fc.sample(values, { numRuns: 200, seed: 7 });
    const lines = all.flatMap((value, i) => [
      `new pulumi.CustomResource("test:index:Thing", "plain-${i}", { value: ${textOf(value)} });`,
      `new pulumi.CustomResource("test:index:Thing", "mixed-${i}", { value: [${textOf(value)}, pulumi.output(1)] });`,
      `new pulumi.CustomResource("test:index:Thing", "output-${i}", { value: pulumi.output(${textOf(value)}) });`,
    ]);
    const taken = await inputs(lines.join("\n"));
    all.forEach((value, i) => {
      const behind = taken.get(`output-${i}`) as { value?: unknown };
      assert.equal(JSON.stringify(taken.get(`plain-${i}`)), JSON.stringify(behind), textOf(value));
      const mixed = { value: [behind.value ?? null, 1] };
      assert.equal(JSON.stringify(taken.get(`mixed-${i}`)), JSON.stringify(mixed), textOf(value));
    });
  });

  it("is what the program's own transformations see, and what they make of it", async () => {
    const taken = await inputs(`
      pulumi.runtime.registerStackTransformation(({ props, opts }) => ({
        props: { ...props, labels: { ...props.labels, of: props.labels?.app } }, opts,
      }));
      new pulumi.CustomResource("test:index:Thing", "thing", { labels: { app: "shop" } });`);
    assert.deepEqual(taken.get("thing"), { labels: { app: "shop", of: "shop" } });
  });
});
