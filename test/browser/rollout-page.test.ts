import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { browser } from "./hooks";
import { beginWithPage, MARKUP, type RolloutUnderWay } from "./rollout";

describe("the page of a rollout", () => {
  let rollout: RolloutUnderWay;
  let page: Page;
  /** What the browser complains of, and what it asks for elsewhere. */
  let complaints: string[];

  beforeEach(async () => {
    rollout = await beginWithPage();
    complaints = [];
    page = await browser().newPage();
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      if (!request.url().startsWith(rollout.address) && !request.url().startsWith("data:"))
        complaints.push(`asks for ${request.url()}`);
    });
  });

  afterEach(async () => {
    await page.close();
    await rollout.remove();
  });

  const button = (name: RegExp) => page.getByRole("button", { name });
  const step = (number: number, state: string) =>
    page.locator(`.steps li:nth-child(${number}).${state}`).waitFor();

  it("shows step after step, approves one by a button, and stays when the rollout is over", async () => {
    await page.goto(rollout.address);
    await step(1, "current");
    await page.locator("#now", { hasText: "step 1 of 3 (5 %) bakes for another" }).waitFor();
    await page.getByRole("progressbar", { name: "bake" }).waitFor();
    await button(/^Approve 25 %$/).waitFor();
    assert.match(await page.title(), /^● approval: Rollout of myapp\/canary, shop\/canary \(dev\)$/);
    assert.deepEqual(rollout.stack.objects, { "myapp/canary": 5, "shop/canary": 5 });

    await button(/^Approve 25 %$/).click();
    await step(2, "current");
    await step(3, "current");
    assert.equal((await rollout.ended).outcome, "done");
    await page.getByText("The rollout is over; this page stays as it is.").waitFor();
    await step(3, "passed");
    assert.equal(await page.locator("#course svg.chart:visible").count(), 5);
    assert.equal(await page.getByRole("button").count(), 0);
    assert.match(await page.title(), /: done$/);
    assert.deepEqual(complaints, []);
  });

  it("rolls back by a button, once that is confirmed", async () => {
    await page.goto(rollout.address);
    await button(/^Approve/).waitFor();
    await button(/^Roll back…$/).click();
    await button(/^Keep going$/).click();
    await button(/^Approve/).waitFor();

    await button(/^Roll back…$/).click();
    await page.getByRole("dialog").getByRole("button", { name: "Roll back" }).click();
    const { outcome, reason } = await rollout.ended;
    assert.equal(outcome, "rolled-back");
    assert.match(reason, /^aborted by \S+@\S+$/);
    await step(1, "failed");
    await page.getByText("The rollout is over").waitFor();
    assert.deepEqual(rollout.stack.objects, { "myapp/canary": 0, "shop/canary": 0 });
    assert.deepEqual(complaints, []);
  });

  it("is for whoever has its address alone", async () => {
    const wrong = rollout.address.replace(/[^/]+\/$/, "wrong/");
    assert.equal((await page.goto(wrong))?.status(), 403);
    assert.equal((await page.goto(new URL("/", wrong).href))?.status(), 403);
  });

  it("shows text from elsewhere as text, and runs no script but its own", async () => {
    await page.goto(rollout.address);
    await page.locator("td", { hasText: MARKUP }).first().waitFor();
    assert.equal(await page.locator("#course img").count(), 0);
    assert.deepEqual(complaints, []);
    await assert.rejects(page.addScriptTag({ content: "document.title = 'other'" }));
    assert.match(complaints.join(), /Content Security Policy/);
  });

  it("says so when the rollout answers no more", async () => {
    await page.route("**/events", (route) => route.abort());
    await page.goto(rollout.address);
    await page.getByText("canary rollout -s dev --resume").waitFor();
  });
});

describe("the report of a rollout", () => {
  it("opens from its file, with a chart of the weights and one of each metric", async () => {
    const rollout = await beginWithPage();
    const page = await browser().newPage();
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("request", (request) => complaints.push(request.url()));
    try {
      await page.goto(rollout.address);
      await page.getByRole("button", { name: "Approve" }).click();
      await rollout.ended;
      complaints.length = 0;
      const file = pathToFileURL(rollout.report).href;
      await page.goto(file);
      assert.equal(await page.locator("svg.chart:visible").count(), 5);
      const box = await page.locator("svg.chart").first().boundingBox();
      assert.ok(box && box.width > 400 && box.height > 100);
      assert.deepEqual(complaints, [file]);
    } finally {
      await page.close();
      await rollout.remove();
    }
  });
});
