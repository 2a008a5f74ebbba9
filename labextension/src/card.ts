/** The card of an output as a page shows it that trusts nobody: nothing of ours has a script. */

import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';

/** What a notebook keeps of a card, as nodes. */
export function cardOf(
  data: IRenderMime.IMimeModel['data'],
  sanitizer: IRenderMime.ISanitizer
): Node[] {
  const html = asText(data['text/html']);
  if (!html) {
    const plain = document.createElement('pre');
    plain.textContent = asText(data['text/plain']);
    return [plain];
  }
  const clean = sanitizer.sanitize(html);
  const page = new DOMParser().parseFromString(clean, 'text/html');
  return [...page.body.childNodes];
}

/** Texts of a notebook may be lists of their lines. */
function asText(value: unknown): string {
  return Array.isArray(value)
    ? value.join('')
    : typeof value === 'string'
      ? value
      : '';
}
