import { inflateRawSync } from "node:zlib";

const END = Buffer.from("PK\x05\x06");
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;

/**
 * One file of a zip archive, read in memory: no path in the archive is ever followed, and nothing is written.
 *
 * @param {Buffer} zip
 * @param {string} name the file's whole name in the archive
 * @param {number} most bytes that the file may have
 * @returns {Buffer | undefined} undefined where the archive has no such file
 * @throws when the archive is broken, or the file is longer
 */
export function fileInZip(zip, name, most) {
  const end = zip.lastIndexOf(END);
  if (end < 0) throw new Error("the artifact is no zip archive");
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    if (zip.readUInt32LE(at) !== CENTRAL) throw new Error("the artifact's directory is broken");
    const nameLength = zip.readUInt16LE(at + 28);
    if (zip.toString("utf8", at + 46, at + 46 + nameLength) === name) return contentAt(zip, at, name, most);
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return undefined;
}

/** The content of the file whose entry in the central directory is at `entry`. */
function contentAt(zip, entry, name, most) {
  const method = zip.readUInt16LE(entry + 10);
  const packed = zip.readUInt32LE(entry + 20);
  const local = zip.readUInt32LE(entry + 42);
  if (zip.readUInt32LE(local) !== LOCAL) throw new Error(`${name} in the artifact is broken`);
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const data = zip.subarray(start, start + packed);
  if (method !== STORED && method !== DEFLATED) throw new Error(`${name} is packed by method ${method}`);
  if (method === STORED && data.length > most) throw new Error(`${name} is longer than ${most} bytes`);
  try {
    return method === STORED ? data : inflateRawSync(data, { maxOutputLength: most });
  } catch {
    throw new Error(`${name} is broken, or longer than ${most} bytes`);
  }
}
