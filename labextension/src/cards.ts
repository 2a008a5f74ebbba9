/** Cards as a page shows them that trusts nobody: they hold what models wrote, and nothing of ours has a script. */

import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Widget } from '@lumino/widgets';

type Data = IRenderMime.IMimeModel['data'];

/** A card as a widget. */
export class Card extends Widget {
  constructor(
    private readonly _sanitizer: IRenderMime.ISanitizer,
    data: Data = {}
  ) {
    super();
    this.addClass('jp-RenderedHTML');
    this.addClass('jp-RenderedHTMLCommon');
    this.draw(data);
  }

  /** Show what a notebook keeps of a card, its text where there is no HTML. */
  draw(data: Data): void {
    const html = asText(data['text/html']);
    if (!html) {
      const plain = document.createElement('pre');
      plain.textContent = asText(data['text/plain']);
      this.node.replaceChildren(plain);
      return;
    }
    const clean = this._sanitizer.sanitize(html);
    const page = new DOMParser().parseFromString(clean, 'text/html');
    this.node.replaceChildren(...page.body.childNodes);
  }
}

/** Texts of a notebook may be lists of their lines. */
function asText(value: unknown): string {
  return Array.isArray(value)
    ? value.join('')
    : typeof value === 'string'
      ? value
      : '';
}
