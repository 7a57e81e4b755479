import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { CloudWatch } from "@aws-sdk/client-cloudwatch";
import { ChangeResourceRecordSetsCommand, type ResourceRecordSet } from "@aws-sdk/client-route-53";
import { stringify } from "yaml";
import { analyser } from "../../analysis/analyse";
import type { Counted } from "../../analysis/counts";
import type { MetricSource } from "../../analysis/source";
import { openCloudWatch } from "../../analysis/sources/cloudwatch";
import { awsTypes } from "../../components/aws/types";
import { parseOverride, readConfiguration } from "../../offline/configuration";
import { deployed } from "../../offline/preview";
import type { ResourceState } from "../../offline/state";
import { followOf } from "../../rollout/follow";
import type { RolloutEvent } from "../../rollout/journal/events";
import { lastRollout, rolloutFiles } from "../../rollout/journal/journal";
import { chooseMove } from "../../rollout/kinds/move";
import type { Approvals } from "../../rollout/machine/ports";
import { beginRollout, resumeRollout, type Session } from "../../rollout/machine/session";
import type { Ended } from "../../rollout/machine/world";
import { placesOf } from "../../rollout/places";
import { EngineShifter } from "../../rollout/shifters/engine";
import { rawSettings } from "../../stacks/raw";
import { parseSettings } from "../../stacks/settings";
import { awsAccount } from "../../status/account";
import { awsAccess } from "../../status/aws-access";
import { Project } from "../cli/project";
import { run } from "../cli/run";
import { withoutPulumi } from "../cli/without-pulumi";
import { prepareAccount } from "./account";
import { REGION } from "./api";
import { create } from "./graph";
import { inMoto, moto, send } from "./hooks";
import { QuietClock } from "./quiet-clock";

const HOST = "myapp.example.com";
const [TICK, MINUTE] = [15_000, 60_000];
/** Requests between two ticks, resolvers that users share, and of these the ones that keep answers for ten TTLs. */
const [REQUESTS, RESOLVERS, STUBBORN] = [800, 200, 20];
const TTL = 60;

/** Part of a side's answers that fail. */
interface Failing {
  readonly aws: number;
  readonly kubernetes: number;
}

/** Milliseconds since the epoch at which users begin to come. */
const BEGIN = Math.floor(Date.now() / MINUTE - 180) * MINUTE;
const NEVER = new AbortController().signal;

/** What is done with a rollout that can be begun, and resumed. */
type Course = (
  begin: (stop: AbortSignal, approvals: readonly Approvals[]) => Promise<Ended>,
  resume: (rollback: boolean, stop: AbortSignal, approvals: readonly Approvals[]) => Promise<Ended>,
) => Promise<Ended>;

describe("A move of users, with Route 53 and CloudWatch of AWS's API", function () {
  this.timeout("10m");
  inMoto();
  let project: Project;

  beforeEach(async () => {
    project = new Project();
    await moto().reset();
  });

  afterEach(() => {
    project.remove();
  });

  interface Moved {
    readonly ended: Ended;
    readonly events: readonly RolloutEvent[];
    /** Weights of each side's record by host, as Route 53 has them at the end. */
    readonly records: Readonly<Record<string, readonly (number | undefined)[]>>;
    readonly filed: number;
  }

  /** The stack, with a share of users on Kubernetes, in an account that has nothing else. */
  async function prepared(kubernetesWeight: number, given: object = {}) {
    const account = await prepareAccount(send);
    const rollout = {
      steps: [25, 50],
      bakeSeconds: 120,
      sources: { prometheus: { url: "http://127.0.0.1:9" }, cloudwatch: { region: REGION } },
      analysis: {
        metrics: [
          {
            name: "success rate",
            source: "prometheus",
            query: "success-rate",
            better: "higher",
            unit: "%",
            minEffectPercent: 0.5,
          },
        ],
      },
      ...given,
    };
    const apps = {
      myapp: {
        host: HOST,
        canaryHost: `canary.${HOST}`,
        image: "registry.example.com/myapp:1",
        canaryImage: "registry.example.com/myapp:2",
      },
    };
    const aws = {
      instanceType: "t3.small",
      fleetSize: 2,
      dnsTtl: TTL,
      edge: { bootstrap: { k3s: { endpoint: "https://10.0.0.1:6443", tokenArn: TOKEN } } },
    };
    const config = { platform: "migration", dns: { kubernetesWeight }, apps, aws, rollout };
    project.stackFile("prod", config);
    const overrides = [...account.settings, ...account.edge].map((text) => parseOverride(text, true));
    const { values } = readConfiguration(project.folder, "prod", overrides);
    const parsedValues = Object.fromEntries(
      Object.entries(values).map(([key, text]) => [key, /^[{[]/.test(text) ? JSON.parse(text) : text]),
    );
    project.write("Pulumi.prod.yaml", stringify({ config: parsedValues }));

    const read = () => readConfiguration(project.folder, "prod");
    const configuration = read();
    const settings = parseSettings(rawSettings("canary-traffic", configuration.values));
    const evaluated = () => deployed(project.folder, read());
    const isOnAws = ({ custom, type }: ResourceState): boolean => custom && type.startsWith("aws:");
    const made = await create((await evaluated()).filter(isOnAws), send);
    const live = await awsAccount(awsAccess(configuration.values));
    const records = async (host: string): Promise<ResourceRecordSet[]> => live.records(account.zoneId, host);
    const weights = async () => {
      const of = async (host: string) => {
        const sets = await records(host);
        return ["elb", "kubernetes"].map(
          (side) => sets.find(({ SetIdentifier }) => SetIdentifier === side)?.Weight,
        );
      };
      return { [HOST]: await of(HOST), [`canary.${HOST}`]: await of(`canary.${HOST}`) };
    };
    return { account, configuration, settings, evaluated, made, live, records, weights };
  }

  /** A rollout of the stack to a share of users on Kubernetes. */
  async function moved(
    to: number,
    failing: Failing,
    given: object = {},
    take: Course = (begin) => begin(NEVER, []),
  ): Promise<Moved> {
    const { account, configuration, settings, evaluated, made, live, records, weights } = await prepared(
      0,
      given,
    );
    // The engine's own state has AWS's names; to a preview all that was evaluated is the same.
    const asMade = (state: ResourceState): ResourceState => ({
      ...state,
      outputs: { ...state.outputs, ...made.get(state.urn) },
    });
    let state = await evaluated();

    const clock = new QuietClock(BEGIN);
    /** An engine that updates records and nothing else. */
    const engine = {
      exportState: async () => JSON.stringify({ version: 3, deployment: { resources: state } }),
      up: async () => {
        state = await evaluated();
        for (const { type, inputs } of state) {
          if (type !== awsTypes.record) continue;
          const found = (await records(String(inputs.name))).find(
            ({ SetIdentifier }) => SetIdentifier === inputs.setIdentifier,
          );
          const [{ weight: Weight }] = inputs.weightedRoutingPolicies as unknown as [{ weight: number }];
          const changed = { ...(found ?? assert.fail()), Weight };
          const ChangeBatch = { Changes: [{ Action: "UPSERT" as const, ResourceRecordSet: changed }] };
          const command = new ChangeResourceRecordSetsCommand({ HostedZoneId: account.zoneId, ChangeBatch });
          await send({ service: "route53", command });
        }
      },
      recover: async () => {},
    };
    const targets = chooseMove(settings);
    const readers = { cluster: undefined, account: live };
    const shifter = clock.without(
      new EngineShifter({ folder: project.folder, configuration, settings, targets, engine, readers, clock }),
    );

    const over = new AbortController();
    const name = String(made.get(urnOf(state, awsTypes.classicLoadBalancer, "myapp"))?.name);
    const users = new Users(clock, () => records(HOST), name, failing);
    const living = users.live(over.signal);
    const world = {
      sources: {
        prometheus: users.prometheus,
        cloudwatch: clock.without(openCloudWatch({ region: REGION })),
      },
      clock,
      ...placesOf(settings, async () => state.map(asMade)),
    };
    const session = (stop: AbortSignal, approvals: readonly Approvals[]): Session => ({
      stack: "prod",
      settings,
      files: rolloutFiles(project.folder, "prod"),
      parts: {
        clock,
        shifter: () => shifter,
        analyse: (plan, judgements) =>
          analyser(plan.analysis, { ...world, judgements, steps: plan.steps.length }),
        follow: (plan) => followOf(settings, plan.targets, world),
        approvals,
        listeners: [],
      },
      stop,
    });
    // Users come before anything is moved.
    await clock.sleep(10 * MINUTE, NEVER);
    const ended = await take(
      (...given) => beginRollout(session(...given), targets, { to }),
      (rollback, ...given) => resumeRollout(session(...given), rollback),
    ).finally(() => {
      over.abort();
      return living;
    });
    return {
      ended,
      events: lastRollout(rolloutFiles(project.folder, "prod").journal),
      records: await weights(),
      filed: Number(/kubernetesWeight: (\d+)/.exec(readFileSync("Pulumi.prod.yaml", "utf8"))?.[1]),
    };
  }

  it("takes the records of every host through the steps, and bakes once users have followed", async () => {
    const { ended, events, records, filed } = await moved(50, { aws: 0.001, kubernetes: 0.001 });
    assert.equal(ended.outcome, "done", ended.reason);
    assert.deepEqual(records, { [HOST]: [50, 50], [`canary.${HOST}`]: [50, 50] });
    assert.equal(filed, 50);
    const of = (type: RolloutEvent["type"]) => events.filter((event) => event.type === type);
    assert.deepEqual(
      of("shifting").map((event) => "weights" in event && event.weights),
      [{ "myapp/Kubernetes": 25 }, { "myapp/Kubernetes": 50 }],
    );
    for (const event of of("followed")) {
      assert.ok(event.type === "followed" && event.isThere, JSON.stringify(event));
      assert.match(event.said, /^users have followed after [2-5] TTLs of 60 s: myapp has \S+ % of its last /);
    }
    const [observed, followed] = [of("observed"), of("followed")];
    assert.equal(followed.length, 2);
    observed.forEach(({ time }, i) => {
      assert.ok((followed[i]?.time ?? 0) - time >= TTL * 1000);
    });
    const last = of("judged").at(-1);
    const [verdict] = last?.type === "judged" ? last.verdict.metrics : [];
    assert.match(
      verdict?.reason ?? "",
      /^Kubernetes \d+ errors? in [\d,]+ requests; \d+ would be expected: /,
    );
    assert.equal(verdict?.baseline, "AWS");
  });

  it("takes users back from a side that fails, and counts those whose resolvers keep answers", async () => {
    const { ended, events, records, filed } = await moved(50, { aws: 0.001, kubernetes: 0.05 });
    assert.equal(ended.outcome, "rolled-back", ended.reason);
    assert.match(ended.reason, /^myapp\/Kubernetes success rate: Kubernetes \d+ errors in .* worse /);
    assert.match(
      ended.reason,
      /; users have (not )?followed after \d TTLs? of 60 s: myapp has \S+ % of its last /,
    );
    assert.deepEqual(records, { [HOST]: [100, 0], [`canary.${HOST}`]: [100, 0] });
    assert.equal(filed, 0);
    assert.equal(events.filter(({ type }) => type === "shifting").length, 1);
  });

  it("is taken back without pulumi by what canary rollback --move prints, all records in one batch", async () => {
    const { account, weights } = await prepared(25);
    mkdirSync(`${project.folder}/empty`);
    const undo = withoutPulumi(`${project.folder}/empty`);
    const { code, stdout, stderr } = await run("rollback", "-s", "prod", "--move").finally(undo);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /then set dns\.kubernetesWeight to 0 in Pulumi\.prod\.yaml/);
    assert.doesNotMatch(stderr, /by hand: /);
    const [line = "", ...others] = stdout.trimEnd().split("\n");
    assert.deepEqual(others, []);
    const [, zone, batch = ""] =
      /^aws .*route53 change-resource-record-sets --hosted-zone-id (\S+) --change-batch '(.*)'$/.exec(line) ??
      [];
    assert.equal(zone, account.zoneId);
    const command = new ChangeResourceRecordSetsCommand({
      HostedZoneId: zone,
      ChangeBatch: JSON.parse(batch),
    });
    await send({ service: "route53", command });
    assert.deepEqual(await weights(), { [HOST]: [100, 0], [`canary.${HOST}`]: [100, 0] });
  });

  /** Somebody whom a step waits for, and who answers with Ctrl-C. */
  const interrupting = (stop: AbortController): Approvals => ({
    decision: (_step, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        stop.abort("Ctrl-C");
      }),
  });
  const approving: Approvals = { decision: async () => ({ decision: "approve", by: "ann" }) };
  const interrupted = async (begin: Parameters<Course>[0]): Promise<void> => {
    const stop = new AbortController();
    const { outcome } = await begin(stop.signal, [interrupting(stop)]);
    assert.equal(outcome, "stopped");
  };

  it("waits for the hours and for an approval, and goes on by --resume where it was stopped", async () => {
    const time = (minutes: number) => new Date(BEGIN + minutes * MINUTE).toISOString().slice(11, 16);
    const given = { approvals: [50], window: { from: time(25), to: time(170), timezone: "UTC" } };
    const fine = { aws: 0.001, kubernetes: 0.001 };
    const { ended, events, records, filed } = await moved(50, fine, given, async (begin, resume) => {
      await interrupted(begin);
      return resume(false, NEVER, [approving]);
    });
    assert.equal(ended.outcome, "done", ended.reason);
    assert.deepEqual([records[HOST], filed], [[50, 50], 50]);
    const [first] = events.filter(({ type }) => type === "shifting");
    assert.ok((first?.time ?? 0) >= BEGIN + 25 * MINUTE);
    const types = events.map(({ type }) => type);
    assert.ok(types.indexOf("resumed") > types.indexOf("approval-awaited"), String(types));
    assert.ok(types.indexOf("approved") > types.indexOf("resumed"), String(types));
    assert.equal(types.filter((type) => type === "shifting").length, 2);
  });

  it("goes back by --resume --rollback", async () => {
    const given = { approvals: [50] };
    const fine = { aws: 0.001, kubernetes: 0.001 };
    const { ended, records, filed } = await moved(50, fine, given, async (begin, resume) => {
      await interrupted(begin);
      return resume(true, NEVER, []);
    });
    assert.equal(ended.outcome, "rolled-back", ended.reason);
    assert.match(ended.reason, /myapp has \S+ % of its last /);
    assert.deepEqual([records[HOST], filed], [[100, 0], 0]);
  });

  it("stays where both sides fail alike", async () => {
    const { ended, records } = await moved(25, { aws: 0.05, kubernetes: 0.05 });
    assert.equal(ended.outcome, "done", ended.reason);
    assert.deepEqual(records[HOST], [75, 25]);
  });
});

const TOKEN = `arn:aws:ssm:${REGION}:123456789012:parameter/edge/join-token`;

const urnOf = (state: readonly ResourceState[], type: string, name: string): string =>
  state.find((each) => each.type === type && each.name === name)?.urn ?? assert.fail(`no ${type} ${name}`);

/** Users behind resolvers that ask Route 53 when what it answered last has run out. */
class Users {
  private readonly answers = Array.from({ length: RESOLVERS }, () => ({ until: 0, onKubernetes: false }));
  private readonly onKubernetes: Counted[] = [];
  private minute = { requests: 0, bad: 0 };
  private seed = 1;

  constructor(
    private readonly clock: QuietClock,
    private readonly records: () => Promise<ResourceRecordSet[]>,
    private readonly loadBalancer: string,
    private readonly failing: Failing,
  ) {}

  /** What Traefik counts, as a Prometheus has it that scrapes every 15 s. */
  readonly prometheus: MetricSource = {
    read: async ({ query }, { from, to, variant }) => ({
      samples: [],
      look: "traefik_service_requests_total",
      counts: {
        length: TICK,
        until: Math.floor(to / TICK) * TICK,
        intervals:
          variant === "primary"
            ? this.onKubernetes
                .filter(({ time }) => time > from && time <= to)
                .map((each) => (query === "success-rate" ? each : { ...each, bad: [0] }))
            : [],
      },
    }),
  };

  async live(signal: AbortSignal): Promise<void> {
    const client = new CloudWatch({ region: REGION });
    while (!signal.aborted) {
      await this.clock.sleep(TICK, signal).catch(() => {});
      if (!signal.aborted) await this.clock.work(() => this.tick(client));
    }
    client.destroy();
  }

  private async tick(client: CloudWatch): Promise<void> {
    const now = this.clock.now();
    const sets = await this.records();
    const weightOf = (side: string) => sets.find(({ SetIdentifier }) => SetIdentifier === side)?.Weight ?? 0;
    const share = weightOf("kubernetes") / (weightOf("elb") + weightOf("kubernetes"));
    this.answers.forEach((answer, i) => {
      if (answer.until > now) return;
      const ttl = i < STUBBORN ? 10 * TTL : TTL;
      // Answers were asked for at any time before.
      answer.until = now + 1000 * ttl * (answer.until === 0 ? this.chance() : 1);
      answer.onKubernetes = this.chance() < share;
    });
    const part = this.answers.filter(({ onKubernetes }) => onKubernetes).length / RESOLVERS;
    const kubernetes = Math.round(REQUESTS * part);
    const failed = (requests: number, each: number): number =>
      Array.from({ length: requests }, () => this.chance()).filter((chance) => chance < each).length;
    if (kubernetes > 0)
      this.onKubernetes.push({
        time: now,
        requests: kubernetes,
        bad: [failed(kubernetes, this.failing.kubernetes)],
      });
    this.minute.requests += REQUESTS - kubernetes;
    this.minute.bad += failed(REQUESTS - kubernetes, this.failing.aws);
    if (now % MINUTE === 0) await this.report(client, now - MINUTE);
  }

  private async report(client: CloudWatch, begin: number): Promise<void> {
    const counts = { RequestCount: this.minute.requests, HTTPCode_Backend_5XX: this.minute.bad };
    this.minute = { requests: 0, bad: 0 };
    const MetricData = Object.entries(counts).map(([MetricName, Value]) => ({
      MetricName,
      Value,
      Timestamp: new Date(begin),
      Dimensions: [{ Name: "LoadBalancerName", Value: this.loadBalancer }],
    }));
    await client.putMetricData({ Namespace: "AWS/ELB", MetricData });
  }

  /** The same in every run. https://en.wikipedia.org/wiki/Lehmer_random_number_generator */
  private chance(): number {
    this.seed = (this.seed * 48_271) % 2_147_483_647;
    return this.seed / 2_147_483_647;
  }
}
