/** A card that can be explored is a card first. */

import { ExplorerRenderer } from '../../src/explorer/renderer';
import { MIMETYPES } from '../../src/explorer/models/saved';

jest.mock('@jupyterlab/apputils', () => ({}));
jest.mock('@jupyterlab/translation', () => ({
  nullTranslator: { load: () => ({ __: (text: string) => text }) }
}));
jest.mock('@jupyterlab/ui-components', () => ({}));

const mimeType = MIMETYPES[0]!;

test('it is drawn before anything else of it is read', async () => {
  const sanitizer = { sanitize: (html: string) => html };
  const renderer = new ExplorerRenderer({ mimeType, sanitizer } as never);
  const data = {
    'text/html': '<b>kept</b>',
    get [mimeType](): never {
      throw new Error('no such thing');
    }
  };

  await renderer.renderModel({ data } as never).catch(() => undefined);

  expect(renderer.node.innerHTML).toContain('<b>kept</b>');
});
