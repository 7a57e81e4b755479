/** The cluster's DNS: names of Services, over UDP. https://www.rfc-editor.org/rfc/rfc1035#section-4 */
import { createSocket } from "node:dgram";

export const CLUSTER_DOMAIN = "cluster.local";

const HEADER_BYTES = 12;
/** Types of questions, and the class of all of them. */
const TYPE_A = 1;
const CLASS_IN = 1;
/** A response, by a server with authority that offers recursion. */
const RESPONSE = 0x8580;
const NO_SUCH_NAME = 3;
const TTL_SECONDS = 5;

/** Answers questions on an address's port 53. Resolves once it listens. */
export function serveDns(address: string, addressOf: (name: string) => string | undefined): Promise<void> {
  const socket = createSocket("udp4");
  socket.on("message", (query, { port, address: client }) => {
    socket.send(answer(query, addressOf), port, client);
  });
  return new Promise((resolve) => socket.bind(53, address, resolve));
}

/**
 * The response to a query with one question. A name that has no address of the type asked for, such as one of IPv6, is not
 * the same as no such name.
 */
export function answer(query: Buffer, addressOf: (name: string) => string | undefined): Buffer {
  const { name, type, end } = question(query);
  const address = addressOf(name.toLowerCase());
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(query.readUInt16BE(0), 0);
  header.writeUInt16BE(RESPONSE | (address === undefined ? NO_SUCH_NAME : 0), 2);
  header.writeUInt16BE(1, 4);
  const records = address !== undefined && type === TYPE_A ? [record(address)] : [];
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, query.subarray(HEADER_BYTES, end), ...records]);
}

function question(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join("."), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function record(address: string): Buffer {
  const bytes = Buffer.alloc(16);
  // The name is that of the question, which begins after the header.
  bytes.writeUInt16BE(0xc000 | HEADER_BYTES, 0);
  bytes.writeUInt16BE(TYPE_A, 2);
  bytes.writeUInt16BE(CLASS_IN, 4);
  bytes.writeUInt32BE(TTL_SECONDS, 6);
  bytes.writeUInt16BE(4, 10);
  bytes.set(address.split(".").map(Number), 12);
  return bytes;
}
