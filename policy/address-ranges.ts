/** Ranges of IP addresses: which of the public ones they cover together. */
import { isIPv4, isIPv6 } from "node:net";

/** First and last address, as numbers. */
export interface AddressRange {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

const BITS = { 4: 32n, 6: 128n } as const;

/** A range such as `10.0.0.0/8` or `2001:db8::/32`; undefined for a text that is none. */
export function rangeOf(text: string): AddressRange | undefined {
  const [, address = "", length = ""] = /^\s*([^/\s]+)\/(\d{1,3})\s*$/.exec(text) ?? [];
  const family = isIPv4(address) ? 4 : isIPv6(address) ? 6 : undefined;
  if (family === undefined) return undefined;
  const bits = BITS[family];
  if (BigInt(length) > bits) return undefined;
  const size = 1n << (bits - BigInt(length));
  const number = family === 4 ? numberOf4(address) : numberOf6(address);
  const first = (number / size) * size;
  return { family, first, last: first + size - 1n };
}

const numberOf4 = (address: string): bigint =>
  address.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);

function numberOf6(address: string): bigint {
  const tail = /[\d.]+$/.exec(address)?.[0] ?? "";
  const mapped = isIPv4(tail) ? numberOf4(tail) : undefined;
  const text =
    mapped === undefined
      ? address
      : `${address.slice(0, -tail.length)}${(mapped >> 16n).toString(16)}:${(mapped & 0xffffn).toString(16)}`;
  const [head = "", end] = text.split("::");
  const groups = (part: string): string[] => (part === "" ? [] : part.split(":"));
  const [before, after] = [groups(head), groups(end ?? "")];
  const zeros = end === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<string>(zeros).fill("0"), ...after].reduce(
    (sum, group) => (sum << 16n) + BigInt(`0x${group}`),
    0n,
  );
}

/** Where public addresses are: unicast without what https://www.iana.org/assignments/iana-ipv4-special-registry keeps for networks. */
const PUBLIC = {
  4: without(
    "0.0.0.0/0",
    ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"],
    ...["172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3"],
  ),
  6: without("2000::/3"),
} as const;

/** Addresses by which ranges are as good as the world: four /8 of IPv4, a /16 of IPv6, more than any company has. */
const WORLD = { 4: 1n << 26n, 6: 1n << 112n } as const;

/** Whether the ranges cover, together, more public addresses than anybody owns. */
export function isWorld(ranges: readonly AddressRange[]): boolean {
  return ([4, 6] as const).some((family) => {
    const covered = merged(ranges.filter((range) => range.family === family));
    const shared = PUBLIC[family].flatMap((part) => covered.map((range) => overlap(part, range)));
    return shared.reduce((sum, size) => sum + size, 0n) > WORLD[family];
  });
}

function overlap(a: AddressRange, b: AddressRange): bigint {
  const first = a.first > b.first ? a.first : b.first;
  const last = a.last < b.last ? a.last : b.last;
  return last < first ? 0n : last - first + 1n;
}

/** The same addresses in ranges that don't touch, in their order. */
function merged(ranges: readonly AddressRange[]): AddressRange[] {
  const found: AddressRange[] = [];
  for (const range of [...ranges].sort((a, b) => (a.first < b.first ? -1 : 1))) {
    const before = found.at(-1);
    if (before === undefined || before.last + 1n < range.first) found.push(range);
    else if (range.last > before.last) found[found.length - 1] = { ...before, last: range.last };
  }
  return found;
}

/** The first range without the others, which lie within it. */
function without(whole: string, ...gaps: readonly string[]): AddressRange[] {
  const { family, first, last } = rangeOf(whole) as AddressRange;
  const parts: AddressRange[] = [];
  let from = first;
  for (const gap of merged(gaps.map((text) => rangeOf(text) as AddressRange))) {
    if (gap.first > from) parts.push({ family, first: from, last: gap.first - 1n });
    from = gap.last + 1n;
  }
  return from > last ? parts : [...parts, { family, first: from, last }];
}
