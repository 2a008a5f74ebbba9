/** Live cards over what a notebook keeps of them, and what becomes of both when a kernel is gone. */

import { Widget } from '@lumino/widgets';
import { Signal } from '@lumino/signaling';

import { LIVE, LiveRenderer, WIDGET } from '../src/live/renderer';
import live from '../src/widgets/live';
import { settled } from './fakes';

/** Shows a widget as JupyterLab does: words of its own, until there is one. */
class View extends Widget {
  rendered = 0;
  async renderModel(): Promise<void> {
    this.rendered += 1;
    this.node.textContent = 'Loading widget...';
  }
  put(): void {
    this.node.replaceChildren(document.createElement('b'));
  }
  miss(): void {
    this.node.textContent = 'Error displaying widget: model not found';
  }
}

function output(id: string, html: string): never {
  const data = { [LIVE]: {}, [WIDGET]: { model_id: id }, 'text/html': html };
  return { data } as never;
}

function rendered(view: View | null): LiveRenderer {
  const sanitizer = { sanitize: (html: string) => html } as never;
  return new LiveRenderer(sanitizer, async () => view as never);
}

/** What a reader sees. */
function read({ node }: Widget): string {
  const shown = [...node.children].filter(
    each => !each.classList.contains('lm-mod-hidden')
  );
  return shown.map(each => each.innerHTML).join('|');
}

describe('an output', () => {
  test('is what was kept, until there is a widget', async () => {
    const view = new View();
    const renderer = rendered(view);

    const rendering = renderer.renderModel(output('one', '<i>kept</i>'));
    expect(read(renderer)).toBe('<i>kept</i>');
    await rendering;
    expect(read(renderer)).toBe('<i>kept</i>');
    view.put();
    await settled();

    expect(read(renderer)).toBe('<b></b>');
  });

  test('keeps its widget while what is kept is renewed, and is that when the widget goes', async () => {
    const view = new View();
    const renderer = rendered(view);
    await renderer.renderModel(output('one', '<i>first</i>'));
    view.put();
    await settled();

    await renderer.renderModel(output('one', '<i>second</i>'));
    expect(read(renderer)).toBe('<b></b>');
    expect(view.rendered).toBe(1);
    view.node.replaceChildren();
    await settled();

    expect(read(renderer)).toBe('<i>second</i>');
  });

  test.each(['one that misses it', 'none at all'])(
    'says nothing of a widget that is not there: %s',
    async kind => {
      const view = kind === 'none at all' ? null : new View();
      const renderer = rendered(view);
      await renderer.renderModel(output('one', '<i>kept</i>'));
      view?.miss();
      await settled();

      expect(read(renderer)).toBe('<i>kept</i>');
    }
  );

  test('lets go of a view that another widget has overtaken', async () => {
    const views = [new View(), new View(), new View()];
    const made: (() => void)[] = [];
    const sanitizer = { sanitize: (html: string) => html } as never;
    const renderer = new LiveRenderer(
      sanitizer,
      () =>
        new Promise(done => {
          const view = views[made.length];
          made.push(() => done(view as never));
        })
    );
    const first = renderer.renderModel(output('one', ''));
    const second = renderer.renderModel(output('two', ''));

    made.forEach(finish => finish());
    await Promise.all([first, second]);

    expect(views.map(view => view.isDisposed)).toEqual([true, false, false]);
    expect(views.map(view => view.rendered)).toEqual([0, 1, 0]);

    void renderer.renderModel(output('three', ''));
    expect(views.map(view => view.isDisposed)).toEqual([true, true, false]);
  });

  test('is nothing more once it is disposed', async () => {
    const view = new View();
    const renderer = rendered(view);
    const rendering = renderer.renderModel(output('one', ''));
    renderer.dispose();
    await rendering;

    expect(view.rendered).toBe(0);
    expect(view.isDisposed).toBe(true);
  });
});

/** A model as anywidget gives it, and the kernel of its page. */
class Model {
  kernel: Kernel | null = new Kernel();
  comm_live: boolean | undefined = true;
  said: unknown[] = [];
  state: Record<string, unknown> = {
    address: 'one',
    frame: '<div data-card></div>',
    fragments: {
      controls: '<button data-do="stop"></button>',
      header: 'as it stood'
    },
    order: ['header', 'controls'],
    lost: '<b>gone</b>'
  };
  get widget_manager(): object {
    return {
      kernel: this.kernel,
      get_model: async () => ({ comm_live: this.comm_live })
    };
  }
  get(name: string): unknown {
    return this.state[name];
  }
  set(name: string, value: unknown): void {
    this.state[name] = value;
    this._told.get(`change:${name}`)?.forEach(tell => tell());
  }
  send(said: unknown): void {
    this.said.push(said);
  }
  on(name: string, tell: () => void): void {
    this._told.set(name, [...(this._told.get(name) ?? []), tell]);
  }
  off(): void {
    this._told.clear();
  }
  private readonly _told = new Map<string, (() => void)[]>();
}

class Kernel {
  statusChanged = new Signal<this, string>(this);
  disposed = new Signal<this, void>(this);
}

function shown(model: Model): HTMLElement {
  const el = document.createElement('div');
  live.initialize({ model: model as never });
  live.render({ model: model as never, el });
  return el;
}

describe('a card', () => {
  test('stands in its order, with its buttons', async () => {
    const el = shown(new Model());
    await settled();

    expect(el.textContent).toBe('as it stood');
    expect(
      el.querySelector('[data-card]')?.lastElementChild?.querySelector('button')
    ).not.toBeNull();
  });

  test.each(['restarting', 'autorestarting', 'terminating', 'dead'])(
    'says that its kernel is gone, and has no buttons: %s',
    async status => {
      const model = new Model();
      const el = shown(model);
      model.kernel?.statusChanged.emit(status);
      await settled();

      expect(el.textContent).toBe('goneas it stood');
      expect(el.querySelector('button')).toBeNull();
    }
  );

  test.each(['busy', 'idle', 'unknown'])(
    'goes on while it is not: %s',
    async status => {
      const model = new Model();
      const el = shown(model);
      model.kernel?.statusChanged.emit(status);
      await settled();

      expect(el.textContent).toBe('as it stood');
    }
  );

  test('says so of a kernel that was exchanged for another', async () => {
    const model = new Model();
    const el = shown(model);
    model.kernel?.disposed.emit();

    expect(el.textContent).toBe('goneas it stood');
  });

  test('says so in a saved notebook, with a kernel or without, and speaks to none', async () => {
    const saved = new Model();
    saved.comm_live = false;
    const without = new Model();
    without.kernel = null;
    const both = [shown(saved), shown(without)];
    await settled();

    expect(both.map(el => el.textContent)).toEqual([
      'goneas it stood',
      'goneas it stood'
    ]);
    expect(without.said).toEqual([]);
  });

  test('tells whether the page has something kept behind it', async () => {
    const model = new Model();
    shown(model);
    const over = new Model();
    const el = document.createElement('div');
    const parent = document.createElement('div');
    parent.className = 'nbdspy-Live';
    parent.append(el);
    live.render({ model: over as never, el });
    await settled();

    expect(model.said).toEqual([{ do: 'here' }]);
    expect(over.said).toEqual([{ do: 'here', over: 'kept' }]);
  });
});
