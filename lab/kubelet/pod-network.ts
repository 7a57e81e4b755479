/**
 * A network and a host name of a pod's own, for programs that listen on all addresses, and are asked by `localhost`. Other pods are but addresses of the
 * lab's network.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";

/** Where a pod sends what is not its own; the lab's side of each pod's cable has it. */
const GATEWAY = "169.254.1.1";

interface Network {
  readonly holder: Promise<ChildProcess>;
  users: number;
}

export class PodNetworks {
  private readonly networks = new Map<string, Network>();
  private made = 0;

  /**
   * Takes the network of a pod for one container more.
   *
   * @returns words before a command that run it there
   */
  async enter(pod: string, address: string, hostName: string): Promise<string[]> {
    const holder = (): Promise<ChildProcess> => hold(address, hostName, `pod${this.made++}`);
    const network = this.networks.get(pod) ?? { holder: holder(), users: 0 };
    this.networks.set(pod, network);
    network.users++;
    const { pid } = await network.holder;
    return ["nsenter", "--target", String(pid), "--net", "--uts", "--"];
  }

  /** A container of the pod has ended: with the last one the network goes. */
  async leave(pod: string): Promise<void> {
    const network = this.networks.get(pod);
    if (network === undefined || --network.users > 0) return;
    this.networks.delete(pod);
    (await network.holder).kill("SIGKILL");
  }
}

/** A process that has the network, which ends with it. */
async function hold(address: string, hostName: string, device: string): Promise<ChildProcess> {
  const script =
    'echo "$1" > /proc/sys/kernel/hostname && ip link set lo up && echo ready && exec sleep infinity';
  const holder = spawn("unshare", ["--net", "--uts", "sh", "-c", script, "sh", hostName], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (holder.stdout !== null) await once(holder.stdout, "data");
  const pid = String(holder.pid);
  // From one such pod to another.
  writeFileSync("/proc/sys/net/ipv4/ip_forward", "1");
  const ip = (...words: string[]): void => void execFileSync("ip", words);
  const inside = (...words: string[]): void =>
    void execFileSync("nsenter", ["--target", pid, "--net", "ip", ...words]);
  ip("link", "add", device, "type", "veth", "peer", "name", "eth0", "netns", pid);
  ip("address", "add", `${GATEWAY}/32`, "dev", device);
  ip("link", "set", device, "up");
  // All of the pods' range is local to the lab; of two routes of that table the longer one counts.
  ip("route", "add", `${address}/32`, "dev", device, "table", "local");
  inside("address", "add", `${address}/32`, "dev", "eth0");
  inside("link", "set", "eth0", "up");
  inside("route", "add", GATEWAY, "dev", "eth0");
  inside("route", "add", "default", "via", GATEWAY, "dev", "eth0");
  return holder;
}
