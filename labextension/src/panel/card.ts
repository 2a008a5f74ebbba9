/** A card of the kernel in a tab of its own, beside the notebook. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Panel } from '@lumino/widgets';

import { icon } from '../icon';

const HTML = 'text/html';

/** One tab, which shows the last card that was asked for. */
export class CardTab {
  constructor(
    private readonly _app: JupyterFrontEnd,
    private readonly _rendermime: IRenderMimeRegistry,
    private readonly _trans: TranslationBundle
  ) {}

  /** Show a card; it is cleaned as the outputs of notebooks are that nobody trusts. */
  async show(title: string, html: string): Promise<void> {
    const renderer = this._rendermime.createRenderer(HTML);
    await renderer.renderModel(
      this._rendermime.createModel({ data: { [HTML]: html }, trusted: false })
    );
    const tab = this._opened();
    tab.title.label = title;
    tab.title.caption = title;
    const { content } = tab;
    content.widgets.slice().forEach(each => each.dispose());
    content.addWidget(renderer);
    this._app.shell.activateById(tab.id);
  }

  private _opened(): MainAreaWidget<Panel> {
    if (this._tab === null || this._tab.isDisposed) {
      const content = new Panel();
      content.addClass('nbdspy-Card');
      this._tab = new MainAreaWidget({ content });
      content.node.tabIndex = 0; // it scrolls
      content.node.setAttribute('aria-label', this._trans.__('Card'));
      this._tab.id = 'nbdspy-card';
      this._tab.title.icon = icon;
      this._tab.title.closable = true;
      this._app.shell.add(this._tab, 'main', { mode: 'split-right' });
    }
    return this._tab;
  }

  private _tab: MainAreaWidget<Panel> | null = null;
}
