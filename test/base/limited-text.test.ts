import assert from "node:assert/strict";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createGzip } from "node:zlib";
import { limitedText, MOST_BYTES, TooLongError } from "../../base/limited-text";

describe("an answer over HTTP", () => {
  let server: Server;
  const ask = async (listener: RequestListener): Promise<Response> => {
    server = createServer(listener).listen(0, "127.0.0.1");
    await new Promise((listening) => server.once("listening", listening));
    return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  };
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it("is read whole up to its limit", async () => {
    const text = "ü".repeat(1000);
    assert.equal(await limitedText(await ask((_, answer) => answer.end(text)), 2000), text);
  });

  it("is given up beyond it, be it endless or packed", async () => {
    const chunk = Buffer.alloc(65_536, 32);
    const endless: RequestListener = (_, answer) => {
      const more = (): void => {
        while (!answer.destroyed && answer.write(chunk));
        if (!answer.destroyed) answer.once("drain", more);
      };
      more();
    };
    const bomb: RequestListener = (_, answer) => {
      answer.setHeader("content-encoding", "gzip");
      const gzip = createGzip();
      gzip.pipe(answer);
      for (let i = 0; i < 2000; i++) gzip.write(chunk);
      gzip.end();
    };
    for (const listener of [endless, bomb]) {
      const { body } = await ask(listener);
      let unpacked = 0;
      const counted = body?.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(part, controller) {
            unpacked += part.byteLength;
            controller.enqueue(part);
          },
        }),
      );
      await assert.rejects(limitedText(new Response(counted)), TooLongError);
      assert.ok(unpacked < 2 * MOST_BYTES, `${unpacked} bytes`);
      server.closeAllConnections();
      server.close();
    }
  });
});
