/** Git repositories of a test's own, with this program in them or with a small one. */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const PROJECT = resolve(__dirname, "..");
/** What a copy of this project does without. */
const LEFT_OUT = ["node_modules", ".git", "test", "out"];

export class Repository {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "canary-repository-")));

  constructor() {
    this.git("init", "--quiet", "--initial-branch", "main");
    this.git("config", "user.email", "someone@example.com");
    this.git("config", "user.name", "Someone");
  }

  git(...args: string[]): string {
    return execFileSync("git", args, { cwd: this.folder, encoding: "utf8", stdio: "pipe" }).trim();
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, name)), { recursive: true });
      writeFileSync(join(this.folder, name), text);
    }
  }

  commit(files: Readonly<Record<string, string>> = {}): string {
    this.write(files);
    this.git("add", "--all");
    this.git("commit", "--quiet", "--allow-empty", "--message", "Change");
    return this.git("rev-parse", "HEAD");
  }

  /** Copies this project's program and settings in; packages are this checkout's. */
  addProgram(): void {
    for (const name of readdirSync(PROJECT).filter((name) => !LEFT_OUT.includes(name))) {
      cpSync(join(PROJECT, name), join(this.folder, name), { recursive: true });
    }
    this.linkPackages();
  }

  linkPackages(below = ""): void {
    symlinkSync(join(PROJECT, "node_modules"), join(this.folder, below, "node_modules"), "junction");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
