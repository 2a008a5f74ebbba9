/** A live card in the page: its widget while there is one, else the card that the notebook keeps beside it. */

import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Panel } from '@lumino/widgets';

import { Card } from '../cards';

/** What `nbdspy.jupyter.live` puts beside a widget; a page that does not know it shows the widget alone. */
export const LIVE = 'application/vnd.nbdspy.live.v1+json';
export const WIDGET = 'application/vnd.jupyter.widget-view+json';

/** Makes what shows a widget, once there is a manager of widgets; null where there is none. */
export type MakeView = () => Promise<IRenderMime.IRenderer | null>;

/**
 * JupyterLab prefers a widget to all else in an output, draws it anew whenever anything in there changes, and has a
 * sentence on its absence where it finds none.
 */
export class LiveRenderer extends Panel implements IRenderMime.IRenderer {
  constructor(
    sanitizer: IRenderMime.ISanitizer,
    private readonly _makeView: MakeView
  ) {
    super();
    this.addClass('nbdspy-Live');
    this._kept = new Card(sanitizer);
    this.addWidget(this._kept);
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this._data = model.data;
    this._turn();
    const widget = model.data[WIDGET] as { model_id?: unknown } | undefined;
    const id = widget?.model_id;
    if (id === this._id) {
      return;
    }
    this._id = id;
    this._view?.dispose();
    this._view = null;
    const view = await this._makeView();
    if (view === null || this.isDisposed || this._id !== id) {
      view?.dispose();
      return;
    }
    this._view = view;
    view.hide();
    this.addWidget(view);
    this._changes.observe(view.node, { childList: true });
    await view.renderModel(model);
  }

  dispose(): void {
    this._changes.disconnect();
    super.dispose();
  }

  /** A view without any element has nothing to show but words of its own. */
  private _turn(): void {
    const isLive = !!this._view?.node.firstElementChild;
    this._view?.setHidden(!isLive);
    this._kept.setHidden(isLive);
    if (!isLive) {
      this._kept.draw(this._data);
    }
  }

  private readonly _kept: Card;
  private readonly _changes = new MutationObserver(() => this._turn());
  private _data: IRenderMime.IMimeModel['data'] = {};
  private _view: IRenderMime.IRenderer | null = null;
  private _id: unknown = null;
}
