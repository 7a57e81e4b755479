/** Runs the real Traefik for pods whose image is Traefik's. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CoreV1Api } from "@kubernetes/client-node";
import { kubeconfig } from "../credentials";
import { plainEnv } from "./demo-app";
import { PID_FILE, runProcess } from "./process";
import type { ContainerToRun, RunningContainer, Runtime } from "./runtime";
import { placedArguments, placedTraefikConfiguration, type TraefikPlace } from "./traefik-settings";
import { type Mount, mountVolumes, SERVICE_ACCOUNT } from "./volumes";

/** Where Traefik looks for a configuration file by itself. */
const CONFIG_FILES = ["/etc/traefik/traefik.yaml", "/etc/traefik/traefik.yml"];

export const isTraefik = (image: string): boolean => /(^|\/)traefik:/.test(image);

export class TraefikRuntime implements Runtime {
  /**
   * @param program Traefik's
   * @param folder for a folder of each pod
   * @param logs for a log of each pod
   */
  constructor(
    private readonly core: CoreV1Api,
    private readonly program: string,
    private readonly folder: string,
    private readonly logs: string,
  ) {
    this.endLeftOvers();
  }

  async start({ pod, container, address }: ContainerToRun): Promise<RunningContainer> {
    const { uid = "", namespace = "", name = "" } = pod.metadata ?? {};
    const folder = join(this.folder, uid, container.name);
    const mounts = await mountVolumes(this.core, pod, container, join(folder, "volumes"));
    const args = [...(container.command ?? []).slice(1), ...(container.args ?? [])];
    const { ended, stop } = runProcess({
      words: [this.program, ...placed(args, { address, mounts }, folder)],
      folder,
      log: join(this.logs, `${namespace}_${name}.log`),
      // HOME, too, for Traefik looks for configuration files there.
      env: { ...plainEnv(container), ...clientEnvironment(mounts, folder), HOME: folder, TMPDIR: folder },
    });
    return { ended: ended.finally(() => rmSync(folder, { recursive: true, force: true })), stop };
  }

  /** A kubelet that ended left its pods' processes behind, which would keep the ports. */
  private endLeftOvers(): void {
    mkdirSync(this.folder, { recursive: true });
    const files = readdirSync(this.folder, { recursive: true, encoding: "utf8" });
    for (const file of files.filter((path) => path.endsWith(`/${PID_FILE}`))) {
      try {
        process.kill(Number(readFileSync(join(this.folder, file), "utf8")), "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    }
    rmSync(this.folder, { recursive: true });
  }
}

/** Arguments for one place. Where Traefik would find a configuration file by itself, they name one written for that place. */
function placed(args: readonly string[], place: TraefikPlace, folder: string): string[] {
  const configFile = CONFIG_FILES.map((path) => located(path, place.mounts)).find((path) => existsSync(path));
  if (configFile === undefined || args.length > 0) return placedArguments(args, place);
  const file = join(folder, "traefik.yaml");
  writeFileSync(file, placedTraefikConfiguration(readFileSync(configFile, "utf8"), place));
  return [`--configFile=${file}`];
}

/**
 * Lets Traefik be the pod's ServiceAccount and nobody else. In a container it would take address, certificate and token from
 * the mount by itself, at a path that is the same for all; here a kubeconfig points to them.
 */
function clientEnvironment(mounts: readonly Mount[], folder: string): Record<string, string> {
  const account = located(SERVICE_ACCOUNT, mounts);
  if (!existsSync(join(account, "token"))) return {};
  const file = join(folder, "kubeconfig");
  const authority = readFileSync(join(account, "ca.crt"));
  writeFileSync(file, kubeconfig(authority, { tokenFile: join(account, "token") }), { mode: 0o600 });
  return { KUBECONFIG: file };
}

function located(path: string, mounts: readonly Mount[]): string {
  const mount = mounts.find(({ mountPath }) => path === mountPath || path.startsWith(`${mountPath}/`));
  return mount === undefined ? "" : mount.path + path.slice(mount.mountPath.length);
}
