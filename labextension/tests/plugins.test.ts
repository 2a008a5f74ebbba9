/** What the commands do, however they are called: by their ids, by keys, from the launcher or the status bar. */

import { showDialog } from '@jupyterlab/apputils';
import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';

import schema from '../schema/commands.json';
import { commands } from '../src/commands';
import { askForCompile } from '../src/commands/dialog';
import { Ids } from '../src/ids';
import { COMPILE, compiling, MODULE, SIGNATURE } from '../src/snippets';
import { status } from '../src/status';
import type { ISections, State } from '../src/tokens';
import { settled } from './fakes';
import { GOING, TOLD } from './panel_cases';

jest.mock('@jupyterlab/apputils', () => ({
  Dialog: { okButton: (button: object) => button },
  showDialog: jest.fn()
}));
jest.mock('@jupyterlab/launcher', () => ({}));
jest.mock('@jupyterlab/notebook', () => ({
  NotebookActions: {
    insertBelow: (notebook: Notebook) => notebook.insert(),
    run: async (notebook: Notebook) => void notebook.ran.push(notebook.source)
  }
}));
jest.mock('@jupyterlab/settingregistry', () => ({}));
jest.mock('@jupyterlab/statusbar', () => ({}));
jest.mock('@jupyterlab/translation', () => ({
  nullTranslator: { load: () => ({ __: (text: string) => text }) }
}));
jest.mock('@jupyterlab/ui-components', () => ({
  LabIcon: class {},
  ReactWidget: class {},
  UseSignal: () => null
}));
jest.mock('../src/commands/dialog', () => ({ askForCompile: jest.fn() }));

/** A notebook whose cells are texts; the cursor of the active one stands somewhere. */
class Notebook {
  constructor(
    source: string,
    private readonly _cursor = 0
  ) {
    this.texts = [source];
  }
  texts: string[];
  ran: string[] = [];
  mode = 'command';
  activeCellIndex = 0;

  get source(): string {
    return this.texts[this.activeCellIndex]!;
  }
  get activeCell(): object {
    const sharedModel = {
      getSource: () => this.source,
      setSource: (text: string) => (this.texts[this.activeCellIndex] = text)
    };
    return {
      model: { type: 'code', sharedModel },
      editor: {
        getCursorPosition: () => this._cursor,
        getOffsetAt: (at: number) => at
      }
    };
  }
  insert(): void {
    this.activeCellIndex += 1;
    this.texts.splice(this.activeCellIndex, 0, '');
  }
  async scrollToItem(): Promise<void> {}
}

class FakeWorkbench {
  state: State = 'idle';
  sections: Partial<ISections> = TOLD;
  changed = new Signal<this, void>(this);
  asked: object[] = [];

  async ask(request: object): Promise<null> {
    this.asked.push(request);
    return null;
  }
}

/** A page with the commands, and with folders of files. */
function opened(
  notebook: Notebook | null,
  files: Record<string, string[]> = {},
  settings: object = { metric: COMPILE.metric, optimizer: COMPILE.optimizer }
) {
  const registry = new CommandRegistry();
  const workbench = new FakeWorkbench();
  const launched: string[] = [];
  const found: string[] = [];
  const documents: unknown[] = [];
  registry.addCommand('docmanager:open', {
    execute: args => void documents.push(args.path)
  });
  const get = async (path: string): Promise<object> => {
    if (files[path] === undefined) {
      throw new Error('404');
    }
    const content = files[path].map(name => ({ name }));
    return { type: 'directory', content };
  };
  const changed = new Signal<object, void>({});
  const loaded = { composite: settings, changed };
  const panel = notebook && { content: notebook, sessionContext: {} };
  const shell: { currentWidget: object | null } = { currentWidget: panel };
  void commands.activate(
    {
      commands: registry,
      serviceManager: { contents: { get } },
      shell
    } as never,
    workbench,
    { currentWidget: panel },
    null,
    { addItem: ({ command }: { command: string }) => found.push(command) },
    { add: ({ command }: { command: string }) => launched.push(command) },
    { load: async () => loaded }
  );
  return {
    ...{ changed, documents, found, launched, loaded, registry, shell },
    workbench
  };
}

beforeEach(() => jest.mocked(askForCompile).mockReset());

test.each<[string, string]>([
  [Ids.insertSignature, SIGNATURE],
  [Ids.insertModule, MODULE],
  [Ids.insertCompile, compiling({ ...COMPILE, program: 'second' })],
  [Ids.prompt, '%prompt second']
])('%s puts a cell below the active one', async (id, source) => {
  const before = '%compile first\n%compile second';
  const notebook = new Notebook(before, before.length);
  const { registry } = opened(notebook);

  await registry.execute(id);

  expect(notebook.texts).toEqual([before, source]);
  expect(notebook.ran).toEqual(id === Ids.prompt ? [source] : []);
});

test('a program that is named is meant, wherever the cursor is', async () => {
  const notebook = new Notebook('%compile first');
  const { registry } = opened(notebook);

  await registry.execute(Ids.prompt, { program: 'other' });

  expect(notebook.ran).toEqual(['%prompt other']);
});

test('a prompt of no program is only begun', async () => {
  const notebook = new Notebook('x = 1');
  const { registry } = opened(notebook);

  await registry.execute(Ids.prompt);

  expect(notebook.texts).toEqual(['x = 1', '%prompt PROGRAM']);
  expect(notebook.ran).toEqual([]);
});

test('a compile is asked for in a dialog, and its line is put below', async () => {
  const notebook = new Notebook('best = %compile helper');
  const { registry } = opened(notebook);
  jest
    .mocked(askForCompile)
    .mockResolvedValueOnce(null)
    .mockResolvedValueOnce('%compile helper --data mine');

  await registry.execute(Ids.compile);
  expect(notebook.texts).toHaveLength(1);
  await registry.execute(Ids.compile);

  expect(notebook.texts).toEqual([
    'best = %compile helper',
    '%compile helper --data mine'
  ]);
  const [form] = jest.mocked(askForCompile).mock.calls[0]!;
  expect(form.first).toEqual({ ...COMPILE, program: 'helper' });
  const names = [...TOLD.programs.entries, ...TOLD.signatures.entries];
  expect(form.programs).toEqual([...new Set(names.map(({ name }) => name))]);
});

test('a new line of %compile has what is set, as soon as it is', async () => {
  const notebook = new Notebook('%prompt qa');
  const { changed, loaded, registry } = opened(notebook);
  await settled();

  loaded.composite = { metric: 'f1', optimizer: 'mipro' };
  changed.emit();
  await registry.execute(Ids.insertCompile);

  expect(notebook.texts[1]).toBe(
    compiling({
      ...COMPILE,
      program: 'qa',
      metric: 'f1',
      optimizer: 'mipro'
    })
  );
});

test('the compile that goes on is stopped, and only that', async () => {
  const { registry, workbench } = opened(new Notebook(''));
  const told: unknown[] = [];
  registry.commandChanged.connect((_, { id, type }) => told.push([id, type]));
  const isOffered = (): boolean[] => [
    registry.isEnabled(Ids.stop),
    registry.isVisible(Ids.stop)
  ];
  expect(isOffered()).toEqual([false, false]);

  workbench.sections = GOING;
  workbench.changed.emit();
  workbench.changed.emit();
  expect(told).toEqual([[Ids.stop, 'changed']]);
  expect(isOffered()).toEqual([true, true]);
  await registry.execute(Ids.stop);

  const run = GOING.runs.entries.find(each => each.actions.includes('stop'))!;
  expect(workbench.asked).toEqual([{ do: 'stop', run: run.number }]);
});

test.each<[string, Notebook | null, State, boolean]>([
  ['a notebook', new Notebook(''), 'idle', true],
  ['one without a kernel', new Notebook(''), 'noKernel', true],
  ['one of another language', new Notebook(''), 'otherLanguage', false],
  ['none', null, 'noNotebook', false]
])('cells are put into %s', (_, notebook, state, isEnabled) => {
  const { registry, workbench } = opened(notebook);
  workbench.state = state;

  const { insertSignature, insertModule, insertCompile, compile, prompt } = Ids;
  for (const id of [insertSignature, insertModule, insertCompile]) {
    expect(registry.isEnabled(id)).toBe(isEnabled);
  }
  expect(registry.isEnabled(compile)).toBe(isEnabled);
  expect(registry.isEnabled(prompt)).toBe(isEnabled);
});

test('no cell is put into a notebook that stands behind something else', () => {
  const { registry, shell } = opened(new Notebook(''));
  expect(registry.isEnabled(Ids.insertSignature)).toBe(true);

  shell.currentWidget = {};

  expect(registry.isEnabled(Ids.insertSignature)).toBe(false);
  expect(registry.isEnabled(Ids.prompt)).toBe(false);
});

test('the launcher opens the first lesson, beside the files of a folder', async () => {
  const { documents, launched, registry } = opened(null, {
    work: ['notebooks', 'notes.txt'],
    'work/notebooks': ['02_b.ipynb', '01_a.ipynb']
  });

  await registry.execute(launched[0]!, { cwd: 'work' });

  expect(launched).toEqual([Ids.course]);
  expect(documents).toEqual(['work/notebooks/01_a.ipynb']);
  expect(showDialog).not.toHaveBeenCalled();
});

test('it says where no lesson is', async () => {
  const { documents, registry } = opened(null, { '': ['notes.txt'] });

  await registry.execute(Ids.course, { cwd: 'gone' });

  expect(documents).toEqual([]);
  expect(showDialog).toHaveBeenCalledWith(
    expect.objectContaining({ title: 'The course is not here' })
  );
});

test('every command is found in the palette', () => {
  expect(opened(null).found.sort()).toEqual(Object.values(Ids).sort());
});

describe('keys', () => {
  /** What is called by keys, one after the other. */
  function pressed(keys: string[], classes: string): string[] {
    const registry = new CommandRegistry();
    const called: string[] = [];
    for (const id of Object.values(Ids)) {
      registry.addCommand(id, { execute: () => void called.push(id) });
    }
    for (const binding of schema['jupyter.lab.shortcuts']) {
      registry.addKeyBinding({ args: {}, ...binding });
    }
    const place = document.body.appendChild(document.createElement('div'));
    place.className = classes;
    const hear = (event: KeyboardEvent): void =>
      registry.processKeydownEvent(event);
    document.addEventListener('keydown', hear);
    for (const key of keys) {
      const letter = key.replace('Alt ', '');
      place.dispatchEvent(
        new KeyboardEvent('keydown', {
          key: letter.toLowerCase(),
          keyCode: letter === 'F8' ? 119 : letter.charCodeAt(0),
          altKey: key !== letter,
          bubbles: true
        })
      );
    }
    document.removeEventListener('keydown', hear);
    place.remove();
    return called;
  }

  test.each<[string[], string]>([
    [['Alt N', 'S'], Ids.insertSignature],
    [['Alt N', 'M'], Ids.insertModule],
    [['Alt N', 'C'], Ids.insertCompile],
    [['Alt N', 'D'], Ids.compile],
    [['Alt N', 'P'], Ids.prompt],
    [['Alt N', 'X'], Ids.stop],
    [['Alt N', 'N'], Ids.panel],
    [['Alt N', 'H'], Ids.about],
    [['F8'], Ids.mistake]
  ])('%j call %s in a notebook', (keys, id) => {
    expect(pressed(keys, 'jp-Notebook jp-mod-editMode')).toEqual([id]);
  });

  test.each<[string[], string[]]>([
    [['Alt N', 'S'], []],
    [['Alt N', 'X'], [Ids.stop]],
    [['Alt N', 'N'], [Ids.panel]]
  ])('%j elsewhere call %j', (keys, ids) => {
    expect(pressed(keys, '')).toEqual(ids);
  });
});

test('a click on the item of the status bar opens the panel', () => {
  const registry = new CommandRegistry();
  let opened = 0;
  registry.addCommand(Ids.panel, { execute: () => void (opened += 1) });
  const workbench = new FakeWorkbench();
  const items: { item: unknown; isActive: () => boolean }[] = [];
  const bar = {
    registerStatusItem: (_: string, item: (typeof items)[number]) =>
      items.push(item)
  };
  void status.activate({ commands: registry } as never, workbench, bar, null);
  const [{ item, isActive }] = items as [(typeof items)[number]];
  const { props } = (item as { render(): JSX.Element }).render();
  const view = props.children() as JSX.Element;

  view.props.open();

  expect(opened).toBe(1);
  expect(view.props.model).toBe(TOLD.model);
  expect(isActive()).toBe(true);
  workbench.sections = {};
  expect(isActive()).toBe(false);
});
