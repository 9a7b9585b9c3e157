/** Small parts that all views are made of. */
import { html, nothing, svg, type TemplateResult } from 'lit';
import type { StateWord, Tone } from './words.ts';

/** Each tone has a shape of its own: check, half circle, bars, triangle. */
const shapes: Readonly<Record<Tone, TemplateResult>> = {
  good: svg`<circle cx="8" cy="8" r="7" /><path class="cut" d="M4.8 8.3l2.2 2.2 4.2-4.6" />`,
  busy: svg`<circle class="ring" cx="8" cy="8" r="6" /><path d="M8 2a6 6 0 0 1 0 12z" />`,
  still: svg`<rect x="3.5" y="3" width="3" height="10" rx="1" /><rect x="9.5" y="3" width="3" height="10" rx="1" />`,
  bad: svg`<path d="M8 1.5l7 13H1z" /><path class="cut" d="M8 6v4M8 11.8v.4" />`,
};

/** A shape and a word. */
export function badge({ tone, text }: StateWord): TemplateResult {
  return html`<span class="badge ${tone}">${shape(tone)}<span>${text}</span></span>`;
}

/** The shape alone; something beside it says the same in words. */
export function shape(tone: Tone): TemplateResult {
  return html`<svg class="shape ${tone}" viewBox="0 0 16 16" aria-hidden="true">${shapes[tone]}</svg>`;
}

/** A box that says what is the matter, and what can be done. */
export function notice(tone: Tone, title: string, text: string, action: TemplateResult | typeof nothing = nothing) {
  return html`<div class="notice ${tone}">
    ${shape(tone)}
    <div>
      <strong>${title}</strong>
      <p>${text}</p>
      ${action}
    </div>
  </div>`;
}
