/**
 * The lab's demo app: the example appinfo for any pod. Beside `/v1/appinfo` it answers `/v1/config` with JSON of its variables, its
 * arguments and the files of its volumes, and any other path with a line of text. WebSockets, and gRPC on ports of its own, echo
 * messages. Headers `x-pod`, `x-variant` and `x-version` on every answer.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { AppInfo } from "../../examples/appinfo/app";
import { switchesFrom } from "../../examples/appinfo/switches";
import { serveGrpc, takeWebSockets } from "./streams";

/** Who an instance of the app is. */
export interface Identity {
  readonly podName: string;
  readonly namespace: string;
  readonly appName: string;
  readonly release: string;
  readonly variant: string;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface AppOptions {
  readonly identity: Identity;
  /** Address to listen on. */
  readonly address: string;
  readonly ports: readonly number[];
  /** Ports of its gRPC service. */
  readonly grpcPorts?: readonly number[];
  /** Port on which it takes its switches, whatever they are: `GET` and `PUT /switches`. */
  readonly adminPort: number;
  /** Switches to start with: see `switchesFrom`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Arguments that it was started with; it does nothing with them but say so. */
  readonly args?: readonly string[];
  /** Its volumes: where it would find them, and the folder that stands for each. */
  readonly mounts?: readonly { readonly mountPath: string; readonly path: string }[];
}

/** The usual `adminPort`. */
export const ADMIN_PORT = 15099;

/** One instance. */
export class App {
  private readonly http: AppInfo;
  private grpc: Awaited<ReturnType<typeof serveGrpc>>[] = [];

  constructor(private readonly options: AppOptions) {
    const { identity, address, ports, adminPort, env } = options;
    const { podName, namespace, appName, release, variant, version, labels } = identity;
    const line = `${appName} ${version} ${variant} ${podName}\n`;
    this.http = new AppInfo({
      info: () => ({
        PodName: podName,
        AppName: appName,
        Namespace: namespace,
        Release: release,
        Labels: labels,
        Version: version,
      }),
      page: (path) => (path === "/v1/config" ? config(options) : line),
      headers: ["x-pod", podName, "x-variant", variant, "x-version", version],
      labels: { app: appName, variant, version },
      address,
      ports,
      adminPort,
      adminAddress: address,
      switches: switchesFrom(env),
      ending: { servesMs: 0 },
    });
    for (const server of this.http.servers) takeWebSockets(server, variant);
  }

  /** Resolves once it listens. */
  async start(): Promise<void> {
    const { grpcPorts = [], address, identity } = this.options;
    this.grpc = await Promise.all(grpcPorts.map((port) => serveGrpc(address, port, identity.variant)));
    await this.http.start();
  }

  /** What SIGTERM does: takes no more connections, and finishes the requests that it has. Resolves once they are done. */
  async finish(): Promise<void> {
    const ofGrpc = this.grpc.map((server) => new Promise((resolve) => server.tryShutdown(resolve)));
    await Promise.all([this.http.finish(), ...ofGrpc]);
  }

  /** What SIGKILL does: resets every connection. */
  kill(): void {
    for (const server of this.grpc) server.forceShutdown();
    this.http.kill();
  }
}

/** As it is at the time of asking. */
function config({ env, args = [], mounts = [] }: AppOptions) {
  const files = mounts.flatMap(({ mountPath, path }) =>
    !existsSync(path)
      ? []
      : statSync(path).isFile()
        ? [[mountPath, path]]
        : readdirSync(path, { recursive: true, encoding: "utf8" }).map((file) => [
            `${mountPath}/${file}`,
            join(path, file),
          ]),
  );
  const isFile = ([, path = ""]: readonly string[]): boolean => statSync(path).isFile();
  return {
    env,
    args,
    files: Object.fromEntries(
      files.filter(isFile).map(([name, path = ""]) => [name, readFileSync(path, "utf8")]),
    ),
  };
}
