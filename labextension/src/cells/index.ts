/** The plugin that colours our cells and shows what is wrong in them. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import {
  EditorExtensionRegistry,
  IEditorExtensionRegistry,
  IEditorLanguageRegistry
} from '@jupyterlab/codemirror';
import type { Parser } from '@lezer/common';

import type { IPython } from './extension';
import { cellExtension } from './extension';
import { contextOf } from './notebooks';

export const cells: JupyterFrontEndPlugin<void> = {
  id: 'nbdspy:cells',
  description: 'The colours of our cells, and what is wrong in them.',
  autoStart: true,
  requires: [IEditorExtensionRegistry, IEditorLanguageRegistry],
  activate: (
    _,
    extensions: IEditorExtensionRegistry,
    languages: IEditorLanguageRegistry
  ) => {
    const python = new Python(languages);
    extensions.addExtension({
      name: 'nbdspy-cells',
      factory: ({ inline, model }) =>
        inline
          ? EditorExtensionRegistry.createImmutableExtension(
              cellExtension(contextOf(model), python)
            )
          : null
    });
  }
};

/** JupyterLab's own parser of Python, fetched when the first cell of ours needs it. */
class Python implements IPython {
  constructor(private readonly _languages: IEditorLanguageRegistry) {}

  get parser(): Parser | null {
    return this._parser;
  }

  load(): Promise<unknown> {
    return (this._loading ??= this._load());
  }

  private async _load(): Promise<void> {
    const found = await this._languages.getLanguage('ipython');
    this._parser = found?.support?.language.parser ?? null;
  }

  private _parser: Parser | null = null;
  private _loading: Promise<unknown> | null = null;
}
