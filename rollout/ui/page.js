/** Fills the page's parts as the rollout sends them, and sends what its buttons say. */
const parts = ["now", "controls", "questions", "course", "log"];
const events = new EventSource("events");

for (const id of parts) {
  events.addEventListener(id, ({ data }) => {
    document.getElementById(id).innerHTML = data;
  });
}
events.addEventListener("title", ({ data }) => {
  document.title = data;
});
events.addEventListener("failure", ({ data }) => {
  document.getElementById("said").textContent = data;
});
events.addEventListener("end", () => events.close());
events.addEventListener("open", () => document.body.classList.remove("is-lost"));
events.addEventListener("error", () => document.body.classList.add("is-lost"));

document.addEventListener("click", async ({ target }) => {
  const button = target instanceof Element && target.closest("button");
  if (!button) return;
  const { say, open } = button.dataset;
  const dialog = button.closest("dialog");
  if (open !== undefined) document.getElementById(open).showModal();
  dialog?.close();
  if (say === undefined) return;
  const said = document.getElementById("said");
  said.textContent = "";
  button.disabled = dialog === null;
  try {
    const answer = await fetch(say, { method: "POST" });
    // A word that was taken shows in what comes next.
    if (answer.ok) return;
    said.textContent = await answer.text();
  } catch {
    said.textContent = "The rollout does not answer.";
  }
  button.disabled = false;
});
