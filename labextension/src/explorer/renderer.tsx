/** An output of ours in the page: its card as ever, and behind a button what can be explored. */

import { Clipboard } from '@jupyterlab/apputils';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { nullTranslator } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { PanelLayout, Widget } from '@lumino/widgets';

import { Card } from '../cards';
import { read } from './models/saved';
import { Explorer } from './views/explorer';

let made = 0;

export class ExplorerRenderer extends Widget implements IRenderMime.IRenderer {
  constructor(private readonly _options: IRenderMime.IRendererOptions) {
    super();
    this.addClass('nbdspy-Output');
    this.node.append(this._button, this._card.node);
    this.layout = this._place;
    this._button.type = 'button';
    this._button.className = 'nbdspy-Explore';
    this._button.textContent = this._trans.__('Explore');
    this._button.title = this._trans.__('Search, filter, compare and copy');
    this._button.addEventListener('click', () => this._explore());
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this._card.draw(model.data); // first: it needs nothing of what may be read
    this._saved = read(model.data[this._options.mimeType]);
    if (this._explorer !== null) {
      this._explorer.dispose();
      this._explorer = null;
    }
    this._turn(false);
  }

  dispose(): void {
    this._card.dispose();
    super.dispose();
  }

  private _explore(): void {
    const saved = this._saved;
    if (saved === null || this._explorer !== null) {
      return;
    }
    this._explorer = ReactWidget.create(
      <Explorer
        id={`nbdspy-explorer-${++made}`}
        saved={saved}
        trans={this._trans}
        copy={text => Clipboard.copyToSystem(text)}
        leave={() => this._leave()}
      />
    );
    this._turn(true);
    this._place.addWidget(this._explorer);
  }

  private _leave(): void {
    this._explorer?.dispose();
    this._explorer = null;
    this._turn(false);
    this._button.focus();
  }

  private _turn(isExploring: boolean): void {
    this._card.node.hidden = isExploring;
    this._button.hidden = isExploring || this._saved === null;
  }

  private readonly _trans = (this._options.translator ?? nullTranslator).load(
    'nbdspy'
  );
  private readonly _button = document.createElement('button');
  private readonly _card = new Card(this._options.sanitizer);
  private readonly _place = new PanelLayout();
  private _explorer: Widget | null = null;
  private _saved: ReturnType<typeof read> = null;
}
