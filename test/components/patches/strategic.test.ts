import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import type { Json } from "../../../components/patches/lazy";
import { mergeKeysOf, strategicMerge } from "../../../components/patches/strategic";
import { wrongDirective } from "../../../stacks/checks/patches";

const DEPLOYMENT = mergeKeysOf("kubernetes:apps/v1:Deployment");
const pod = (spec: object) => ({ spec: { template: { spec } } });
const merge = (value: object, change: object, keys = DEPLOYMENT): unknown =>
  strategicMerge(value, change as Json, keys);

/** Some map of maps, lists and texts. */
const anyJson = fc.object({
  maxDepth: 3,
  values: [fc.string(), fc.integer(), fc.boolean()],
}) as fc.Arbitrary<object>;

describe("a strategic merge", () => {
  it("changes containers, variables, mounts and ports by their keys, and leaves the others as they are", () => {
    const before = pod({
      containers: [
        { name: "log", image: "log:1" },
        {
          ...{
            name: "api",
            image: "api:1",
            env: [
              { name: "A", value: "1" },
              { name: "B", value: "2" },
            ],
          },
          ports: [{ containerPort: 80, name: "http" }],
          volumeMounts: [{ mountPath: "/a", name: "a" }],
        },
      ],
    });
    const change = pod({
      containers: [
        {
          ...{
            name: "api",
            env: [
              { name: "B", value: "3" },
              { name: "C", value: "4" },
            ],
          },
          ports: [{ containerPort: 80, protocol: "TCP" }, { containerPort: 90 }],
          volumeMounts: [{ mountPath: "/a", readOnly: true }],
        },
      ],
    });
    assert.deepEqual(
      merge(before, change),
      pod({
        containers: [
          { name: "log", image: "log:1" },
          {
            name: "api",
            image: "api:1",
            env: [
              { name: "A", value: "1" },
              { name: "B", value: "3" },
              { name: "C", value: "4" },
            ],
            ports: [{ containerPort: 80, name: "http", protocol: "TCP" }, { containerPort: 90 }],
            volumeMounts: [{ mountPath: "/a", name: "a", readOnly: true }],
          },
        ],
      }),
    );
  });

  it("replaces lists that have no key: tolerations, arguments, policies' ports, all lists of custom resources", () => {
    const tolerations = merge(pod({ tolerations: [{ key: "a" }] }), pod({ tolerations: [{ key: "b" }] }));
    assert.deepEqual(tolerations, pod({ tolerations: [{ key: "b" }] }));
    const policy = { spec: { ingress: [{ ports: [{ port: 2 }] }] } };
    const keys = mergeKeysOf("kubernetes:networking.k8s.io/v1:NetworkPolicy");
    assert.deepEqual(merge({ spec: { ingress: [{ ports: [{ port: 1 }] }] } }, policy, keys), policy);
    const custom = mergeKeysOf("kubernetes:example.com/v1:Pod");
    assert.deepEqual(
      merge(pod({ containers: [{ name: "a" }] }), pod({ containers: [{ name: "b" }] }), custom),
      pod({ containers: [{ name: "b" }] }),
    );
  });

  it("knows a Service's ports by their number", () => {
    const keys = mergeKeysOf("kubernetes:core/v1:Service");
    assert.deepEqual(
      merge(
        { spec: { ports: [{ port: 80, targetPort: "http" }] } },
        { spec: { ports: [{ port: 80, appProtocol: "http" }] } },
        keys,
      ),
      { spec: { ports: [{ port: 80, targetPort: "http", appProtocol: "http" }] } },
    );
  });

  it("takes away by null and by $patch, and puts a volume of another kind in the place of one", () => {
    const before = pod({
      hostNetwork: true,
      volumes: [
        { name: "a", emptyDir: {} },
        { name: "b", emptyDir: {} },
      ],
    });
    const change = pod({
      hostNetwork: null,
      volumes: [
        { name: "a", configMap: { name: "c" } },
        { name: "b", $patch: "delete" },
      ],
    });
    assert.deepEqual(merge(before, change), pod({ volumes: [{ name: "a", configMap: { name: "c" } }] }));
    assert.deepEqual(merge({ data: { a: "1" } }, { data: { b: "2", $patch: "replace" } }), {
      data: { b: "2" },
    });
    assert.match(
      wrongDirective({ spec: [{ $retainKeys: ["a"] }] }) ?? "",
      /no other directive, as spec\[0\]\.\$retainKeys is$/,
    );
  });

  it("takes a key for no more than a key", () => {
    const change = JSON.parse('{"data":{"__proto__":{"a":"1"},"constructor":"2"}}');
    assert.deepEqual(Object.entries((merge({ data: {} }, change) as { data: object }).data), [
      ["__proto__", { a: "1" }],
      ["constructor", "2"],
    ]);
  });

  it("done twice is done once, and without anything changes nothing", () => {
    fc.assert(
      fc.property(anyJson, anyJson, (value, change) => {
        fc.pre(wrongDirective(change as Json) === undefined);
        const once = merge(value, change) as object;
        assert.deepEqual(merge(once, change), once);
        assert.deepEqual(merge(value, {}), value);
      }),
    );
  });

  it("looks into what only the engine knows, and leaves what is beside it known", async () => {
    const before = pod({
      containers: pulumi.output([
        { name: "api", image: "api:1", env: [{ name: "A", value: pulumi.output("1") }] },
      ]),
      nodeName: "here",
    });
    const after = merge(
      before,
      pod({ containers: [{ name: "api", env: [{ name: "B", value: "2" }] }] }),
    ) as typeof before;
    assert.equal(after.spec.template.spec.constructor, Object);
    const known = await new Promise((done) => pulumi.output(after).apply(done));
    assert.deepEqual(
      known,
      pod({
        ...{
          containers: [
            {
              name: "api",
              image: "api:1",
              env: [
                { name: "A", value: "1" },
                { name: "B", value: "2" },
              ],
            },
          ],
        },
        nodeName: "here",
      }),
    );
  });
});
