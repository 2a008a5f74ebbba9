/** The plugin that offers what can stand at the cursor in our cells. */

import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import type { CompletionProviderManager } from '@jupyterlab/completer';
import { ICompletionProviderManager } from '@jupyterlab/completer';

import { Offers } from './provider';

export const completion: JupyterFrontEndPlugin<void> = {
  id: 'nbdspy:completion',
  description: 'What can stand at the cursor in our cells, without a kernel.',
  autoStart: true,
  requires: [ICompletionProviderManager],
  activate: (_: JupyterFrontEnd, manager: ICompletionProviderManager) => {
    // JupyterLab's own manager tells who else there is; its token does not promise it.
    const { getProviders } = manager as Partial<CompletionProviderManager>;
    manager.registerProvider(
      new Offers({
        all: () => [...(getProviders?.call(manager).values() ?? [])],
        isInline: widget => manager.inline?.isActive(widget.id) ?? false
      })
    );
  }
};
