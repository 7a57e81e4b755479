import assert from "node:assert/strict";
import { withServer } from "../analysis/sources/server";
import { dev } from "../stacks/raw";
import { Project } from "./project";
import { run } from "./run";

/** Milliseconds since the epoch of the time that is judged, in which the canary has a quarter of 100 requests a second. */
const BEGIN = Date.UTC(2026, 2, 1, 12);
const TIMES = ["--from", "2026-03-01T12:00:00Z", "--to", "2026-03-01T12:10:00Z"];

/** Raw samples of a counter that grows by so much in a second. */
const growing = (labels: object, rate: number, until: number) => ({
  metric: { job: "traefik", instance: "a", ...labels },
  values: Array.from({ length: 60 }, (_, i) => {
    const time = BEGIN / 1000 - 60 + i * 15;
    return [time, String(Math.round(rate * i * 15))];
  }).filter(([time]) => Number(time) <= until),
});

describe("canary analyse", () => {
  let project: Project;
  beforeEach(() => {
    project = new Project();
  });
  afterEach(() => project.remove());

  /** What it says of a canary of which so many requests a second fail. */
  async function analysed(failures: number, ...words: string[]) {
    let ran = { code: 0, stdout: "", stderr: "" };
    await withServer(
      (_request, { searchParams }) => {
        const until = Number(searchParams.get("time"));
        const isCanary = searchParams.get("query")?.includes("canary") ?? false;
        const [all, bad] = isCanary ? [25, failures] : [75, 0.075];
        const result = [growing({ code: "200" }, all - bad, until), growing({ code: "500" }, bad, until)];
        return { body: JSON.stringify({ status: "success", data: { result } }) };
      },
      async (url) => {
        const metric = {
          name: "success",
          source: "prometheus",
          query: "success-rate",
          better: "higher",
          unit: "%",
        };
        const analysis = { metrics: [{ ...metric, minEffectPercent: 0.5 }] };
        project.stackFile("dev", dev({ rollout: { sources: { prometheus: { url } }, analysis } }));
        ran = await run("analyse", "-s", "dev", ...words);
      },
    );
    return ran;
  }

  it("exits 1 where the canary is worse, and says by which counts", async () => {
    const { code, stdout } = await analysed(1, ...TIMES);
    assert.match(
      stdout,
      /^worse: success: canary \d+ errors in [\d,]+ requests; \d+ would be expected: .* % worse\n/,
    );
    assert.match(stdout, /evidence that it is worse: .* of 40; that it is not: /);
    assert.equal(code, 1);
  });

  it("exits 0 where it is shown to be no worse, as JSON too", async () => {
    const { code, stdout } = await analysed(0.025, ...TIMES);
    assert.match(stdout, /^no worse: success: /);
    assert.equal(code, 0, stdout);
    const asJson = await analysed(0.025, ...TIMES, "--json");
    assert.deepEqual([asJson.code, JSON.parse(asJson.stdout).outcome], [0, "pass"]);
  });

  it("exits 3 where nobody can tell, as there is too little to see, or the source does not answer", async () => {
    const short = ["--from", "2026-03-01T12:00:00Z", "--to", "2026-03-01T12:00:20Z"];
    const { code, stdout } = await analysed(0.025, ...short);
    assert.match(stdout, /^can't tell: success: /);
    assert.equal(code, 3);
    const metrics = [{ name: "m", source: "prometheus", query: "error-rate", better: "lower", threshold: 1 }];
    const rollout = { sources: { prometheus: { url: "http://127.0.0.1:9" } }, analysis: { metrics } };
    project.stackFile("dev", dev({ rollout }));
    assert.equal((await run("analyse", "-s", "dev", "--from", "10s")).code, 3);
  }).timeout(20_000);

  it("refuses what makes no sense, in one line each", async () => {
    const { code, stderr } = await analysed(1, "--from", "yesterday");
    assert.equal(code, 2);
    assert.match(stderr, /--from.*'yesterday'.*a time as in 2026-03-01T12:00:00Z, or as in 30m/);
    const ended = await analysed(1, "--from", TIMES[3] ?? "", "--to", TIMES[1] ?? "");
    assert.deepEqual([ended.code, ended.stderr], [2, "--to: allowed: a time after --from\n"]);
    project.stackFile("dev", dev({}));
    const nothing = await run("analyse", "-s", "dev", "--from", "5m");
    assert.deepEqual(
      [nothing.code, nothing.stderr],
      [2, "rollout.analysis.metrics has nothing to judge by; add a metric of a source\n"],
    );
  });
});
