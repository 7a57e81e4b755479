import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { Project } from "../cli/project";
import { run } from "../cli/run";
import { onBoth, type Raw } from "../stacks/raw";
import { browser } from "./hooks";
import { illegible, SCHEMES, WIDTHS } from "./legible";
import { beginWithPage } from "./rollout";

/** Shows a page as each window and each scheme of colours has it. */
async function everywhere(open: (page: Page) => Promise<unknown>): Promise<void> {
  for (const width of WIDTHS)
    for (const colorScheme of SCHEMES) {
      const page = await (browser() as Browser).newPage({ viewport: { width, height: 900 }, colorScheme });
      try {
        await open(page);
        const at = `at ${width} pixels, ${colorScheme}`;
        assert.deepEqual(await illegible(page), [], at);
        await page.evaluate(() => {
          for (const part of document.querySelectorAll("details")) part.open = true;
        });
        assert.deepEqual(await illegible(page), [], `${at}, all unfolded`);
        assert.ok(await page.evaluate(() => document.body.innerText.length > 500), at);
      } finally {
        await page.close();
      }
    }
}

describe("every page, at 400, 768 and 1280 pixels, light and dark, is neither cut off nor has text on text", function () {
  this.timeout("2m");
  let project: Project;

  beforeEach(() => {
    project = new Project();
  });
  afterEach(() => project.remove());

  const previewed = async (settings: Raw, ...changes: readonly string[]): Promise<string> => {
    project.stackFile("dev", settings);
    const words = changes.flatMap((change) => ["-c", change]);
    const { stdout } = await run("preview", "--config-path", "--policy", "--format", "html", ...words);
    return stdout;
  };

  it("the preview of forty apps, the few that differ from the others first", async () => {
    const names = Array.from({ length: 40 }, (_, i) => `customer-notification-preferences-${i + 10}`);
    const apps = names.map((name) => [
      name,
      {
        host: `${name}.shops.eu-west-1.example.com`,
        image: `registry.example.com/platform/${name}:1.0.0`,
        canaryImage: `registry.example.com/platform/${name}:1.1.0`,
      },
    ]);
    const text = await previewed(
      { platform: "kubernetes", canaryWeight: 10, apps: Object.fromEntries(apps) },
      "canaryWeight=25",
      `apps.${names[33]}.path=/api`,
      `apps.${names[35]}.image=registry.example.com/platform/other:2.0.0`,
    );
    await everywhere(async (page) => {
      await page.setContent(text);
      const shown = await page.locator("article.app:visible h3").allInnerTexts();
      assert.deepEqual(
        shown.slice(0, 2).map((line) => line.split(" ")[0]),
        [names[33], names[35]],
      );
      assert.equal(shown.length, 6);
      assert.ok(await page.evaluate(() => document.documentElement.scrollHeight < 12_000));
    });
  });

  it("the preview of a migration", async () => {
    const text = await previewed(
      onBoth({
        canaryWeight: 10,
        dns: { kubernetesWeight: 25 },
        aws: { canaryAmiId: "ami-0b1c2d3e4f5061728" },
      }),
      "dns.kubernetesWeight=75",
      "apps.myapp.image=registry.example.com/a-team-with-a-long-name/of-an-app/myapp:2.0.0",
      "apps.myapp.host=a-host-name-that-is-very-long.shops.eu-west-1.example.com",
    );
    await everywhere((page) => page.setContent(text));
  });

  it("a rollout under way, and its report", async () => {
    const rollout = await beginWithPage();
    try {
      await everywhere(async (page) => {
        await page.goto(rollout.address);
        await page.getByRole("button", { name: "Approve" }).waitFor();
        await page.locator("#course svg.chart:visible").nth(4).waitFor();
        await page.locator(".badge:visible").first().waitFor();
        assert.equal(await page.locator("#course svg.chart:visible").count(), 5);
        // In one look, as the page goes on meanwhile and replaces its parts.
        const isInSight = await page.evaluate(() => {
          const verdict = [...document.querySelectorAll(".badge")].at(-1)?.getBoundingClientRect();
          return verdict !== undefined && verdict.right <= document.documentElement.clientWidth;
        });
        assert.ok(isInSight, "the verdict is in sight");
      });
      const page = await browser().newPage();
      await page.goto(rollout.address);
      await page.getByRole("button", { name: "Approve" }).click();
      await rollout.ended;
      await page.close();
      await everywhere((shown) => shown.goto(`file://${rollout.report}`));
    } finally {
      await rollout.remove();
    }
  });
});
