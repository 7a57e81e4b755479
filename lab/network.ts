/** The lab's addresses. All are local to one loopback device, so whatever listens on one of them is that pod or node. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Pods' addresses. Not loopback ones, which the API refuses as endpoints. */
export const POD_RANGE = "10.77.0.0/16";
/** Nodes' addresses. */
export const NODE_RANGE = "10.78.0.0/16";
/** Services' addresses. */
export const SERVICE_RANGE = "10.96.0.0/16";
/** Where the cluster's DNS answers: no address of Services, of which kube-proxy drops what none has. */
export const DNS_ADDRESS = "10.78.255.53";
/** Most nodes of either kind. */
export const MOST_NODES = 200;

/** Address of an edge node by its number, from 0. */
export const edgeNodeAddress = (index: number): string => `10.78.0.${index + 1}`;
/** Address of another node by its number, from 0. */
export const nodeAddress = (index: number): string => `10.78.1.${index + 1}`;

/**
 * Sets up the network of a new namespace, and a resolv.conf of its own: to be run as its root.
 *
 * @param folder the lab's
 */
export function setUpNetwork(folder: string): void {
  ip("link", "set", "lo", "up");
  for (const range of [POD_RANGE, NODE_RANGE, SERVICE_RANGE]) ip("route", "add", "local", range, "dev", "lo");
  // Room for connections by the ten thousand: ports of clients, and connections that wait to be accepted.
  writeFileSync("/proc/sys/net/ipv4/ip_local_port_range", "10000 65535");
  writeFileSync("/proc/sys/net/core/somaxconn", "16384");
  const resolv = join(folder, "resolv.conf");
  writeFileSync(resolv, `nameserver ${DNS_ADDRESS}\n`);
  execFileSync("mount", ["--bind", resolv, "/etc/resolv.conf"]);
}

function ip(...args: string[]): void {
  execFileSync("ip", args);
}

/**
 * Gives out a range's addresses in order and starts again at its end, so that a pod's address stays unused for long: a router
 * that has not heard of the pod's end yet must not reach another version there.
 */
export class AddressPool {
  private next = 0;
  private readonly taken = new Set<string>();

  /** @param range as in `10.77.0.0/16`; its first and last address are not used */
  constructor(private readonly range = POD_RANGE) {}

  take(): string {
    const [base = "", bits = "16"] = this.range.split("/");
    const first = toNumber(base) + 1;
    const size = 2 ** (32 - Number(bits)) - 2;
    for (let tried = 0; tried < size; tried++) {
      const address = toAddress(first + (this.next++ % size));
      if (!this.taken.has(address)) {
        this.taken.add(address);
        return address;
      }
    }
    throw new Error(`no address is left in ${this.range}`);
  }

  /** Marks an address as in use that a pod had before this pool was made. */
  keep(address: string): void {
    this.taken.add(address);
  }

  release(address: string): void {
    this.taken.delete(address);
  }
}

const toNumber = (address: string): number =>
  address.split(".").reduce((number, byte) => number * 256 + Number(byte), 0);

const toAddress = (number: number): string =>
  [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
