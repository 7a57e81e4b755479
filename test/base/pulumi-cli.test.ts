import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { findPulumi, putPulumiOnPath } from "../../base/pulumi-cli";
import { withoutPulumi } from "../cli/without-pulumi";

describe("Pulumi's CLI", () => {
  let folder: string;
  let project: string;
  let home: string;
  let undo: () => void;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "canary-cli-"));
    project = join(folder, "work/project");
    home = join(folder, "home");
    mkdirSync(project, { recursive: true });
    undo = withoutPulumi(join(folder, "empty"));
    process.env.PULUMI_HOME = home;
  });
  afterEach(() => {
    undo();
    rmSync(folder, { recursive: true });
  });

  const write = (file: string, text: string): string => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, 0o755);
    return dirname(file);
  };
  const cli = (...place: string[]): string => write(join(home, ...place, "pulumi"), "#!/bin/sh\n");
  /** The package `pulumi`: its launcher downloads the CLI when it is run first. */
  const launcher = (at: string, version: string): void => {
    write(join(at, "node_modules/pulumi/package.json"), JSON.stringify({ version }));
    write(
      join(at, "node_modules/pulumi/run.js"),
      `const { mkdirSync, writeFileSync } = require("node:fs");
       const place = process.env.PULUMI_HOME + "/versions/${version}/bin";
       mkdirSync(place, { recursive: true });
       writeFileSync(place + "/pulumi", "", { mode: 0o755 });`,
    );
  };
  const first = (): string | undefined => process.env.PATH?.split(delimiter)[0];

  it("is the one on PATH, if there is one", () => {
    const place = write(join(folder, "bin/pulumi"), "#!/bin/sh\n");
    cli("bin");
    process.env.PATH = `${join(folder, "empty")}${delimiter}${place}`;
    assert.equal(putPulumiOnPath(project), true);
    assert.equal(process.env.PATH, `${join(folder, "empty")}${delimiter}${place}`);
  });

  it("is else the project's own, which is downloaded first if need be", () => {
    cli("versions/3.265.0/bin");
    launcher(dirname(project), "3.250.1");
    assert.equal(putPulumiOnPath(project), true);
    assert.equal(first(), join(home, "versions/3.250.1/bin"));
  });

  it("is looked for without a download by who changes nothing", () => {
    cli("versions/3.265.0/bin");
    launcher(dirname(project), "3.250.1");
    const found = findPulumi(project);
    assert.equal(found?.file, undefined);
    assert.ok(found?.launcher !== undefined && !existsSync(join(home, "versions/3.250.1")));
  });

  it("is another if the project's own can't be downloaded", () => {
    cli("versions/3.265.0/bin");
    launcher(dirname(project), "3.250.1");
    writeFileSync(join(dirname(project), "node_modules/pulumi/run.js"), "process.exit(1);");
    assert.equal(putPulumiOnPath(project), true);
    assert.equal(first(), join(home, "versions/3.265.0/bin"));
  });

  it("is else the newest that npx has downloaded", () => {
    cli("versions/3.99.0/bin");
    cli("versions/3.265.0/bin");
    cli("versions/other/bin");
    assert.equal(putPulumiOnPath(project), true);
    assert.equal(first(), join(home, "versions/3.265.0/bin"));
  });

  it("is else the one of Pulumi's installer", () => {
    cli("bin");
    assert.equal(putPulumiOnPath(project), true);
    assert.equal(first(), join(home, "bin"));
  });

  it("is missed where there is none, and PATH stays", () => {
    assert.equal(putPulumiOnPath(project), false);
    assert.equal(process.env.PATH, join(folder, "empty"));
  });
});
