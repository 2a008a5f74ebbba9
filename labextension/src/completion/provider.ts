/** What JupyterLab's completer is given in our cells: at once what is known without a kernel. */

import type {
  Completer,
  CompletionHandler,
  ICompletionContext,
  ICompletionProvider
} from '@jupyterlab/completer';
import { CompleterModel } from '@jupyterlab/completer';
import type { Widget } from '@lumino/widgets';

import type { ICell } from '../context';
import { contextOf } from '../context';
import { BEFORE_MAGIC } from '../grammar/identifiers';
import type { IOffers } from '../grammar/offers';
import { offersAt } from '../grammar/offers';
import { isOurs } from '../grammar/ours';

type IItem = CompletionHandler.ICompletionItem;
type IReply = CompletionHandler.ICompletionItemsReply;
type IEditor = NonNullable<ICompletionContext['editor']>;

/** A line that calls a magic, or may once its name is whole. */
const IN_LINE = new RegExp(`^${BEFORE_MAGIC}%`, 'u');

/** What our end of the kernel calls its words. */
const OF_KERNEL = 'nbdspy';

/** The list's model, which leaves out the words of a cell that stand nowhere else: they say nothing of what fits. */
class Model extends CompleterModel {
  /** The text that is completed, when it is known what can stand there. */
  known: string | null = null;
  /** The kinds of words that can; all that have one when it is null. */
  kinds: ReadonlySet<string> | null = null;

  setCompletionItems(items: IItem[]): void {
    const { kinds } = this;
    const fits = ({ type }: IItem): boolean =>
      kinds === null ? Boolean(type) : kinds.has(type ?? '');
    const isKnown = this.original?.text === this.known;
    super.setCompletionItems(isKnown ? items.filter(fits) : items);
  }
}

/** What is needed of who else completes. */
export interface IOthers {
  /** The other providers. */
  all(): readonly ICompletionProvider[];
  /** Whether text of another kind is offered in a widget, which the list must not cover. */
  isInline(widget: Widget): boolean;
}

/**
 * Offers what can stand at the cursor.
 *
 * JupyterLab shows its list once every provider has answered, and waits a second for a kernel that is busy. So what is
 * known here goes into the list's model as soon as it is asked for; what the kernel says is merged into it by
 * JupyterLab, which leaves out what is there already, and nothing is asked twice.
 */
export class Offers implements ICompletionProvider {
  readonly identifier = 'nbdspy:completion';
  readonly rank = 1000;

  constructor(private readonly _others: IOthers) {}

  /** Of the provider that would come first without us. */
  get renderer(): Completer.IRenderer | null {
    return this._first(each => each.renderer)?.renderer ?? null;
  }

  async modelFactory(context: ICompletionContext): Promise<Completer.IModel> {
    const other = this._first(each => each.modelFactory);
    const model = (await other?.modelFactory?.(context)) ?? new Model();
    this._models.set(context.widget, model);
    return model;
  }

  async isApplicable({ editor }: ICompletionContext): Promise<boolean> {
    if (!editor || !this._cellOf(editor).isPython()) {
      return false;
    }
    const text = editor.model.sharedModel.getSource();
    const line = editor.getLine(editor.getCursorPosition().line) ?? '';
    return (
      isOurs(text) || (IN_LINE.test(line) && this._cellOf(editor).isAmongOurs())
    );
  }

  async fetch(
    _: CompletionHandler.IRequest,
    { editor, widget }: ICompletionContext
  ): Promise<IReply> {
    const nothing = { start: 0, end: 0, items: [] };
    if (!editor) {
      return nothing;
    }
    const text = editor.model.sharedModel.getSource();
    const at = editor.getOffsetAt(editor.getCursorPosition());
    const offers = offersAt(text, at, this._cellOf(editor));
    if (offers === null) {
      return nothing;
    }
    const items = offers.words.map(itemOf);
    if (!this._others.isInline(widget)) {
      this._show(widget, editor, text, offers, at, items);
    }
    return { start: counted(text, offers.from), end: counted(text, at), items };
  }

  private _show(
    widget: Widget,
    editor: IEditor,
    text: string,
    offers: IOffers,
    at: number,
    items: IItem[]
  ): void {
    const model = this._models.get(widget);
    if (model instanceof Model) {
      model.known = text;
      model.kinds = offers.isOurs ? new Set(['data', OF_KERNEL]) : null;
    }
    if (model?.setCompletionItems) {
      model.original = { text, ...editor.getCursorPosition() };
      model.cursor = { start: offers.from, end: at };
      model.setCompletionItems(items);
    }
  }

  private _first(
    has: (provider: ICompletionProvider) => unknown
  ): ICompletionProvider | undefined {
    return this._others
      .all()
      .filter(each => each !== this && has(each))
      .sort((one, other) => (other.rank ?? 0) - (one.rank ?? 0))[0];
  }

  private _cellOf(editor: IEditor): ICell {
    let cell = this._cells.get(editor);
    if (cell === undefined) {
      this._cells.set(editor, (cell = contextOf(editor.model)));
    }
    return cell;
  }

  private readonly _models = new WeakMap<Widget, Completer.IModel>();
  private readonly _cells = new WeakMap<IEditor, ICell>();
}

function itemOf({ help, kind, text }: IOffers['words'][number]): IItem {
  return { label: text, type: kind, ...(help && { documentation: help }) };
}

/** An offset as JupyterLab's requests count them: in characters. */
function counted(text: string, offset: number): number {
  return [...text.slice(0, offset)].length;
}
