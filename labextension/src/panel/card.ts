/** A card of the kernel in a tab of its own, beside the notebook, or over it where a page has no room for a tab. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, MainAreaWidget, showDialog } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Panel } from '@lumino/widgets';

import { Card } from '../cards';
import { icon } from '../icon';

/** One tab, which shows the last card that was asked for. */
export class CardTab {
  constructor(
    private readonly _app: JupyterFrontEnd,
    private readonly _rendermime: IRenderMimeRegistry,
    private readonly _trans: TranslationBundle
  ) {}

  /** Show a card. */
  async show(title: string, html: string): Promise<void> {
    const { sanitizer } = this._rendermime;
    const card = new Card(sanitizer, { 'text/html': html });
    const tab = this._opened();
    if (tab === null) {
      const body = new Panel();
      body.addClass('nbdspy-Card');
      body.addWidget(card);
      const buttons = [Dialog.okButton({ label: this._trans.__('Close') })];
      await showDialog({ title, body, buttons });
      return;
    }
    tab.title.label = title;
    tab.title.caption = title;
    const { content } = tab;
    content.widgets.slice().forEach(each => each.dispose());
    content.addWidget(card);
    this._app.shell.activateById(tab.id);
  }

  /** The tab; null in Notebook 7, which shows one document. */
  private _opened(): MainAreaWidget<Panel> | null {
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
      if (!this._tab.isAttached) {
        this._tab.dispose();
        return null;
      }
    }
    return this._tab;
  }

  private _tab: MainAreaWidget<Panel> | null = null;
}
