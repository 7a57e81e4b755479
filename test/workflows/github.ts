/** As much of GitHub's API as the comment script uses, on this machine. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export const REPOSITORY = "team/shop";
export const BOT = { login: "github-actions[bot]" };

export interface Pull {
  readonly number: number;
  readonly head: { readonly sha: string; readonly repo: { readonly id: number } | null };
}

export interface Comment {
  readonly id: number;
  readonly user: { readonly login: string };
  body: string;
}

export class GitHub {
  pulls: Pull[] = [];
  comments: Comment[] = [];
  artifact: Buffer | undefined;
  /** What the API says the artifact's size is. */
  size: number | undefined;
  /** Requests that change something, as `POST /issues/1/comments`. */
  readonly writes: string[] = [];
  readonly heads: (string | null)[] = [];
  private server: Server | undefined;

  async start(): Promise<string> {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const url = new URL(request.url ?? "", "http://localhost");
        const path = url.pathname.replace(`/repos/${REPOSITORY}`, "");
        const answer = this.answer(request.method ?? "", path, url, Buffer.concat(chunks).toString());
        response.statusCode = answer === undefined ? 404 : 200;
        response.end(Buffer.isBuffer(answer) ? answer : JSON.stringify(answer ?? {}));
      });
    });
    await new Promise<void>((done) => this.server?.listen(0, "127.0.0.1", done));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server?.close();
    this.server?.closeAllConnections();
  }

  private answer(method: string, path: string, url: URL, body: string): unknown {
    const query = url.searchParams;
    if (method !== "GET") this.writes.push(`${method} ${path}`);
    if (path === "/pulls") {
      this.heads.push(query.get("head"));
      return this.pulls;
    }
    if (path === "/actions/runs/7/artifacts") {
      const size = this.size ?? this.artifact?.length;
      const found = this.artifact ? [{ id: 70, name: "preview", size_in_bytes: size, expired: false }] : [];
      return { artifacts: found };
    }
    if (path === "/actions/artifacts/70/zip") return this.artifact;
    if (method === "PATCH") {
      const comment = this.comments.find(({ id }) => path === `/issues/comments/${id}`);
      if (comment !== undefined) comment.body = JSON.parse(body).body;
      return comment;
    }
    if (!/^\/issues\/\d+\/comments$/.test(path)) return undefined;
    if (method === "GET") {
      const page = Number(query.get("page"));
      return this.comments.slice((page - 1) * 100, page * 100);
    }
    this.comments.push({ id: 1000 + this.comments.length, user: BOT, body: JSON.parse(body).body });
    return this.comments.at(-1);
  }
}
