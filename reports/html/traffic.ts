/** An app's traffic before and after as bars, with a table of its variants. */
import { SIDE_LABELS, type Side } from "../../components/aws/dns";
import { formatWeight } from "../../components/traffic";
import {
  type AppShift,
  type AppSide,
  isShifted,
  type ShownVariant,
  variantShifts,
  versionsOf,
} from "../../offline/audience";
import { type Html, html, NOTHING } from "./markup";

export function traffic(shift: AppShift): Html {
  const variants = variantShifts(shift);
  const hue = (name: string): string => `v${variants.findIndex((variant) => variant.name === name) % 5}`;
  return html`
<article class="app">
  <h3>${shift.app} ${hosts(shift)}</h3>
  <div class="bars">
    ${side("before", shift.before, hue)}
    ${side("after", shift.after, hue)}
  </div>
  ${sides(shift)}
  <div class="wide"><table>
    <thead><tr><th>variant</th><th>before</th><th>after</th><th>image</th></tr></thead>
    <tbody>${variants.map(
      (variant) => html`
      <tr class="${isShifted(variant) ? "changed" : "same"}">
        <td><i class="dot ${hue(variant.name)}"></i>${variant.name}</td>
        <td>${weightOf(variant.before)}</td>
        <td>${weightOf(variant.after)}</td>
        <td>${images(variant.before, variant.after)}</td>
      </tr>`,
    )}
    </tbody>
  </table></div>
</article>`;
}

/** Which share of the users DNS leads to which side, if there are two, or they move. */
function sides({ before, after }: AppShift): Html {
  const shares = (side: AppSide | undefined): string =>
    (Object.keys(side?.sides ?? {}) as Side[])
      .map((name) => `${SIDE_LABELS[name]} ${formatWeight(side?.sides[name] ?? 0)}`)
      .join(", ");
  const [was, is] = [shares(before), shares(after)];
  if (was === is && !is.includes(",")) return NOTHING;
  return was === is ? html`<p>by DNS: ${is}</p>` : html`<p>by DNS: <del>${was}</del> <ins>${is}</ins></p>`;
}

function hosts({ before, after }: AppShift): Html {
  const [was, is] = [before?.host, after?.host];
  if (is === undefined) return html`<small>${was ?? ""}</small>`;
  return was === undefined || was === is
    ? html`<small>${is}</small>`
    : html`<small><del>${was}</del> <ins>${is}</ins></small>`;
}

function side(label: string, shown: AppSide | undefined, hue: (name: string) => string): Html {
  const segments = (shown?.variants ?? []).filter(({ weight }) => weight.effective > 0);
  const bar =
    shown === undefined
      ? html`<span class="none">not there</span>`
      : segments.map(
          ({ name, weight }) =>
            html`<span class="${hue(name)}" style="flex-grow:${weight.effective}" title="${name} ${formatWeight(weight.effective)}">${formatWeight(weight.effective)}</span>`,
        );
  return html`<span class="side">${label}</span><div class="bar">${bar}</div>`;
}

function weightOf(variant: ShownVariant | undefined): Html {
  if (variant === undefined) return html`<span class="none">none</span>`;
  const { asked, effective } = variant.weight;
  const note =
    Math.abs(asked - effective) < 0.005 ? NOTHING : html` <small>(asked ${formatWeight(asked)})</small>`;
  return html`${formatWeight(effective)}${note}`;
}

const imagesOf = (variant: ShownVariant | undefined): string | undefined =>
  variant && (versionsOf(variant).join(", ") || undefined);

function images(before: ShownVariant | undefined, after: ShownVariant | undefined): Html {
  const [was, is] = [imagesOf(before), imagesOf(after)];
  if (was === is || was === undefined) return html`<code>${is ?? ""}</code>`;
  return html`<del><code>${was}</code></del> ${is === undefined ? NOTHING : html`<ins><code>${is}</code></ins>`}`;
}
