/** A card that can be explored is a card first, and goes as any other does. */

import { Panel, Widget } from '@lumino/widgets';

import { ExplorerRenderer } from '../../src/explorer/renderer';
import { MIMETYPES } from '../../src/explorer/models/saved';

jest.mock('@jupyterlab/apputils', () => ({}));
jest.mock('@jupyterlab/translation', () => ({
  nullTranslator: { load: () => ({ __: (text: string) => text }) }
}));
jest.mock('@jupyterlab/ui-components', () => {
  const { Widget } = jest.requireActual('@lumino/widgets');
  return { ReactWidget: { create: () => new Widget() } };
});

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

test('what is explored goes with its output, wherever that is', async () => {
  const sanitizer = { sanitize: (html: string) => html };
  const renderer = new ExplorerRenderer({ mimeType, sanitizer } as never);
  const table = { name: 'rows', columns: ['row'], lines: '[1]' };
  const data = { [mimeType]: { version: 1, title: 'Intent', tables: [table] } };
  const cell = new Panel();
  cell.addWidget(renderer);
  Widget.attach(cell, document.body);
  await renderer.renderModel({ data } as never);
  renderer.node.querySelector('button')!.click();
  const [explorer] = renderer.layout!;
  expect(explorer!.isAttached).toBe(true);

  Widget.detach(cell); // as JupyterLab does before it disposes of it
  cell.dispose();

  expect(explorer!.isDisposed).toBe(true);
});
