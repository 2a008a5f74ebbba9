/** Cards of the kernel on a page: HTML that holds what models wrote, cleaned as outputs are that nobody trusts. */

import type { IRenderMime } from '@jupyterlab/rendermime';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';

const HTML = 'text/html';

/** A card as a widget. */
export async function rendered(
  rendermime: IRenderMimeRegistry,
  html: string
): Promise<IRenderMime.IRenderer> {
  const renderer = rendermime.createRenderer(HTML);
  await renderer.renderModel(
    rendermime.createModel({ data: { [HTML]: html }, trusted: false })
  );
  return renderer;
}
