import assert from "node:assert/strict";
import { differs, fact, type Report, reportJson } from "../../status/report";
import { reportText } from "../../status/table";
import { Project } from "../cli/project";
import { run } from "../cli/run";
import { dev } from "../stacks/raw";

const REPORT: Report = {
  stack: "prod",
  looked: ["AWS account 123456789012 in eu-west-1"],
  users: [{ app: "myapp", host: "myapp.example.com", sides: { elb: 100 } }],
  variants: [
    {
      app: "myapp",
      variant: "primary",
      version: "registry.example.com/myapp:1.0.0",
      router: "classic ELB",
      asked: 95,
      effective: 90.909,
      seen: true,
      observed: 90.91,
    },
    {
      app: "myapp",
      variant: "canary",
      version: "registry.example.com/myapp:1.1.0",
      router: "classic ELB",
      asked: 5,
      effective: 9.091,
      seen: true,
      observed: 9.09,
    },
  ],
  facts: [fact("group myapp: instances wanted", 10, 10)],
  unread: [],
  unseen: ["DNS answers that resolvers still keep"],
};

const [primary, canary] = REPORT.variants;

describe("a status report", () => {
  it("compares what is observed with what the settings come to, to two decimals", () => {
    assert.equal(differs(REPORT), false);
    assert.ok(primary && canary);
    assert.equal(differs({ ...REPORT, variants: [primary, { ...canary, observed: 5 }] }), true);
    assert.equal(differs({ ...REPORT, variants: [primary, { ...canary, observed: 9.1 }] }), true);
    assert.equal(differs({ ...REPORT, variants: [primary, { ...canary, observed: undefined }] }), true);
    assert.equal(differs({ ...REPORT, facts: [fact("group myapp", "one", undefined)] }), true);
  });

  it("is a table for people", () => {
    assert.equal(
      reportText(REPORT, false),
      `Stack prod: AWS account 123456789012 in eu-west-1

app    variant  version      router       asked  effective  observed
myapp  primary  myapp:1.0.0  classic ELB  95 %   90.91 %    90.91 %
myapp  canary   myapp:1.1.0  classic ELB  5 %    9.09 %     9.09 %

                               asked  observed
group myapp: instances wanted  10     10

Not seen: DNS answers that resolvers still keep

All is as asked
`,
    );
  });

  it("marks what differs", () => {
    const text = reportText({ ...REPORT, facts: [fact("group myapp: instances wanted", 10, 9)] }, false);
    assert.match(text, /group myapp: instances wanted {2}10 {5}9 !\n/);
    assert.match(text, /Differs where marked with !\n$/);
  });

  it("tells what could not be read from what takes no requests, and is not all as asked then", () => {
    assert.ok(primary && canary);
    const variants = [
      { ...primary, observed: undefined },
      { ...canary, seen: false, observed: undefined },
    ];
    const report = { ...REPORT, variants, unread: ["the cluster: no kubeconfig"] };
    const text = reportText(report, false);
    assert.match(text, /primary .* none !\n/);
    assert.match(text, /canary .* not seen !\n/);
    assert.match(text, /\nNot seen: the cluster: no kubeconfig\nNot seen: DNS answers/);
    assert.match(text, /\n\nNot all could be read\n$/);
    assert.equal(differs({ ...REPORT, unread: report.unread }), true);
  });

  it("is JSON for programs", () => {
    assert.deepEqual(reportJson(REPORT), {
      stack: "prod",
      looked: ["AWS account 123456789012 in eu-west-1"],
      differs: false,
      users: [{ app: "myapp", host: "myapp.example.com", sides: { elb: 100 } }],
      weights: [
        {
          app: "myapp",
          variant: "primary",
          version: "registry.example.com/myapp:1.0.0",
          router: "classic ELB",
          asked: 95,
          seen: true,
          effective: 90.91,
          observed: 90.91,
        },
        {
          app: "myapp",
          variant: "canary",
          version: "registry.example.com/myapp:1.1.0",
          router: "classic ELB",
          asked: 5,
          seen: true,
          effective: 9.09,
          observed: 9.09,
        },
      ],
      facts: [{ what: "group myapp: instances wanted", asked: "10", observed: "10", holds: true }],
      unread: [],
      unseen: ["DNS answers that resolvers still keep"],
    });
  });
});

describe("canary status", () => {
  it("refuses a state that can't be read, also if nothing of the stack is on AWS", async () => {
    const project = new Project();
    project.stackFile("dev", dev({}));
    try {
      const { code, stderr } = await run("status", "--state", "nosuch.json");
      assert.deepEqual([code, stderr], [2, "--state nosuch.json: there is no such file\n"]);
    } finally {
      project.remove();
    }
  });
});
