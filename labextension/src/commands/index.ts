/** The plugin of the commands: in the palette, in a menu, by keys, in the notebook's toolbar and on the launcher. */

import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Dialog, ICommandPalette, showDialog } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { INotebookTracker } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { icon, keepIcon } from '../icon';
import { insertCell, isInFront, runCell } from '../notebooks';
import type { IRun } from '../tokens';
import { IWorkbench } from '../tokens';
import { lessonIn } from './course';
import { Ids } from '../ids';
import * as snippets from '../snippets';

const PLUGIN = 'nbdspy:commands';

export const commands: JupyterFrontEndPlugin<void> = {
  id: PLUGIN,
  description: 'Cells of ours, compiling, stopping, and the course.',
  autoStart: true,
  requires: [IWorkbench, INotebookTracker],
  optional: [ITranslator, ICommandPalette, ILauncher, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    workbench: IWorkbench,
    notebooks: INotebookTracker,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    launcher: ILauncher | null,
    settings: ISettingRegistry | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbdspy');
    const compile = { ...snippets.COMPILE };
    void settings?.load(PLUGIN).then(loaded => {
      const read = (): void => {
        const { metric, optimizer } = loaded.composite;
        Object.assign(compile, { metric, optimizer });
      };
      loaded.changed.connect(read);
      read();
    });
    const inNotebook = (
      id: string,
      label: string,
      execute: (panel: NotebookPanel, program: string) => unknown
    ): void => {
      app.commands.addCommand(id, {
        label,
        describedBy: {
          args: {
            type: 'object',
            properties: {
              program: { type: 'string', description: trans.__('Its name') }
            }
          }
        },
        isEnabled: () =>
          isInFront(app, notebooks) && workbench.state !== 'otherLanguage',
        execute: args => {
          const panel = notebooks.currentWidget;
          return panel && execute(panel, programOf(panel, args.program));
        }
      });
    };

    inNotebook(Ids.insertSignature, trans.__('Insert signature cell'), panel =>
      insertCell(panel, snippets.SIGNATURE)
    );
    inNotebook(Ids.insertModule, trans.__('Insert module cell'), panel =>
      insertCell(panel, snippets.MODULE)
    );
    inNotebook(
      Ids.insertCompile,
      trans.__('Insert compile cell'),
      (panel, program) =>
        insertCell(panel, snippets.compiling({ ...compile, program }))
    );
    inNotebook(
      Ids.compile,
      trans.__('Compile this program…'),
      async (panel, program) => {
        const { askForCompile } = await import('./dialog');
        const { programs, signatures } = workbench.sections;
        const known = [
          ...(programs?.entries ?? []).filter(each => each.note !== 'kept'),
          ...(signatures?.entries ?? [])
        ].map(each => each.name);
        const line = await askForCompile({
          first: { ...compile, program },
          programs: [...new Set(known)],
          sources: [...(panel.content.model?.cells ?? [])]
            .filter(each => each.type === 'code')
            .map(each => each.sharedModel.getSource()),
          trans
        });
        if (line !== null) {
          insertCell(panel, line);
        }
      }
    );
    inNotebook(Ids.prompt, trans.__('Show prompt'), (panel, program) =>
      program
        ? runCell(panel, snippets.promptOf(program))
        : insertCell(panel, snippets.promptOf('PROGRAM'))
    );
    app.commands.addCommand(Ids.stop, {
      label: trans.__('Stop and keep the best'),
      caption: trans.__(
        'End the compile that goes on, and keep the best of it'
      ),
      icon: keepIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => running(workbench) !== undefined,
      isVisible: () => running(workbench) !== undefined,
      execute: async () => {
        const run = running(workbench);
        if (run !== undefined) {
          await workbench.ask({ do: 'stop', run: run.number });
        }
      }
    });
    app.commands.addCommand(Ids.course, {
      label: trans.__('nbdspy course'),
      caption: trans.__('Open the first lesson, beside this folder’s files'),
      icon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            cwd: { type: 'string', description: trans.__('A folder') }
          }
        }
      },
      execute: args => openCourse(app, `${args.cwd ?? ''}`, trans)
    });

    // A toolbar asks only when it is told.
    let number: number | undefined;
    workbench.changed.connect(() => {
      if (running(workbench)?.number !== number) {
        number = running(workbench)?.number;
        app.commands.notifyCommandChanged(Ids.stop);
      }
    });
    const category = trans.__('nbdspy');
    for (const command of Object.values(Ids)) {
      palette?.addItem({ command, category });
    }
    launcher?.add({ command: Ids.course }); // among the launcher's others, as its own language calls them
  }
};

/** The compile that goes on, the last if there are several. */
function running({ sections }: IWorkbench): IRun | undefined {
  return sections.runs?.entries.find(run => run.actions.includes('stop'));
}

/** The program that is meant: the one that was named, or that of the active cell, at its cursor. */
function programOf({ content }: NotebookPanel, named: unknown): string {
  if (typeof named === 'string') {
    return named;
  }
  const { editor, model } = content.activeCell ?? {};
  const source = model?.sharedModel.getSource() ?? '';
  const at = editor?.getOffsetAt(editor.getCursorPosition()) ?? 0;
  return snippets.programOf(source, at);
}

/** Open the first lesson that lies in the folder or in one near it, or say that there is none. */
async function openCourse(
  app: JupyterFrontEnd,
  folder: string,
  trans: TranslationBundle
): Promise<unknown> {
  const list = async (path: string): Promise<string[]> => {
    const found: Contents.IModel | null = await app.serviceManager.contents
      .get(path)
      .catch(() => null);
    return found?.type === 'directory'
      ? (found.content as Contents.IModel[]).map(each => each.name)
      : [];
  };
  const path = await lessonIn(folder, list);
  if (path !== null) {
    return app.commands.execute('docmanager:open', { path });
  }
  return showDialog({
    title: trans.__('The course is not here'),
    body: trans.__(
      'No lesson lies in this folder, in its “notebooks”, or at the top. `nbdspy demo` in a terminal shows the first; a checkout of nbdspy has all of them.'
    ),
    buttons: [Dialog.okButton({ label: trans.__('OK') })]
  });
}
