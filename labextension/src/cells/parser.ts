/** Syntax trees of our cells. What is Python in them is left to a parser of Python. */

import type {
  Input,
  ParseWrapper,
  PartialParse,
  TreeFragment
} from '@lezer/common';
import { Parser, Tree, parseMixed } from '@lezer/common';

import type { ICall } from '../grammar/ours';
import { bodyOf, callsIn, spelledIn } from '../grammar/ours';
import { readWords } from '../grammar/lines';
import type { Piece } from '../grammar/pieces';
import { entriesSoFar } from '../grammar/fields';
import { isClass, pythonFrom } from '../grammar/classes';
import { layoutOf } from '../grammar/signatures';
import type { Name } from './nodes';
import { typeOf } from './nodes';

/** What a parser of one cell asks about the notebook around it. */
export interface ISurroundings {
  /** The inputs of a signature that the notebook defines, by its name. */
  inputsOf(name: string): readonly string[];
}

/** Parses a cell whole: it is short, and what a line means depends on all others. */
export class CellParser extends Parser {
  constructor(
    python: Parser,
    private readonly _around: ISurroundings
  ) {
    super();
    this._mixed = parseMixed(node =>
      ['Type', 'Default', 'Python'].includes(node.type.name)
        ? { parser: python }
        : null
    );
  }

  createParse(
    input: Input,
    fragments: readonly TreeFragment[],
    ranges: readonly { from: number; to: number }[]
  ): PartialParse {
    const text = input.read(0, input.length);
    const whole = {
      parsedPos: input.length,
      stoppedAt: null,
      stopAt: () => undefined,
      advance: () => treeOf(text, this._around)
    };
    return this._mixed(whole, input, fragments, ranges);
  }

  private readonly _mixed: ParseWrapper;
}

/** The tree of a cell, with what is Python in it still unparsed. */
export function treeOf(text: string, around: ISurroundings): Tree {
  const tree = new Branch('Cell', 0);
  const calls = callsIn(text);
  let from = 0;
  for (const call of calls) {
    tree.add('Python', from, call.from);
    addLine(tree, text, call);
    from = call.to;
    if (call.isCell) {
      addBody(tree, text, call, around);
      from = text.length;
    }
  }
  tree.add('Python', from, text.length);
  return tree.build(text.length);
}

/** A node that is being made; its children come in their order. */
class Branch {
  constructor(
    private readonly _name: Name,
    private readonly _from: number
  ) {}

  add(name: Name, from: number, to: number): void {
    if (from < to) {
      this.put(new Tree(typeOf(name), [], [], to - from), from);
    }
  }

  put(tree: Tree, from: number): void {
    this._children.push(tree);
    this._at.push(from - this._from);
  }

  build(to: number): Tree {
    return new Tree(
      typeOf(this._name),
      this._children,
      this._at,
      to - this._from
    );
  }

  private readonly _children: Tree[] = [];
  private readonly _at: number[] = [];
}

function addLine(tree: Branch, text: string, call: ICall): void {
  tree.add('Magic', call.from, call.after);
  if (call.magic.name === 'signature' && !call.isCell) {
    const { name, signature } = spelledIn(text, call);
    tree.add('Name', name.from, name.to);
    if (!signature.isBlank) {
      addSignature(tree, signature);
    }
    return;
  }
  const options = new Map(
    call.magic.options.map(option => [option.name, option])
  );
  const line = text.slice(0, call.to);
  const { words, comment } = readWords(line, call.after);
  const defines = call.isCell && call.magic.target === 'NAME';
  words.forEach((word, at) => {
    const equals = word.text.indexOf('=');
    const name = equals < 0 ? word.text : word.text.slice(0, equals);
    if (options.has(name)) {
      tree.add('Option', word.from, word.from + name.length);
      addValue(tree, text, word.from + name.length + 1, word.to);
    } else if (at === 0 && defines) {
      tree.add('Name', word.from, word.to);
    } else {
      addValue(tree, text, word.from, word.to);
    }
  });
  tree.add('Description', comment, call.to);
}

/**
 * A word that means itself, a name of the notebook, or `{Python}`. One that is still being typed is a node, too: what
 * JupyterLab offers by itself are words that begin like the node at the cursor, and without one those are all.
 */
function addValue(tree: Branch, text: string, from: number, to: number): void {
  const value = text.slice(from, to);
  if (/^["']/.test(value)) {
    tree.add('Value', from, to);
  } else if (/^\{.*\}$/su.test(value)) {
    tree.add('Mark', from, from + 1);
    tree.add('Python', from + 1, to - 1);
    tree.add('Mark', to - 1, to);
  } else {
    tree.add('Word', from, to);
  }
}

function addBody(
  tree: Branch,
  text: string,
  call: ICall,
  around: ISurroundings
): void {
  const body = bodyOf(text, call);
  switch (call.magic.name) {
    case 'signature':
      addSignature(tree, body);
      break;
    case 'predict': {
      const [target] = readWords(text.slice(0, call.to), call.after).words;
      addInputs(tree, body, target ? around.inputsOf(target.text) : []);
      break;
    }
    default:
      tree.add('Python', body.from, body.to);
  }
}

function addSignature(tree: Branch, cell: Piece): void {
  const addInstruction = (piece: Piece): void => {
    const prose = piece.strip();
    tree.add('Instruction', prose.from, prose.to);
  };
  if (isClass(cell.text)) {
    const at = pythonFrom(cell);
    addInstruction(cell.between(cell.from, at));
    tree.add('Python', at, cell.to);
    return;
  }
  const layout = layoutOf(cell);
  if (layout === null) {
    addInstruction(cell);
    return;
  }
  const { above, inputs, arrow, outputs, below } = layout;
  if (above.length > 0) {
    addInstruction(cell.between(above[0]!.from, inputs.from));
  }
  addSide(tree, 'Inputs', inputs);
  tree.add('Arrow', arrow.from, arrow.to);
  addSide(tree, 'Outputs', outputs);
  below.forEach(addInstruction);
}

function addSide(tree: Branch, name: 'Inputs' | 'Outputs', piece: Piece): void {
  const side = new Branch(name, piece.from);
  let at = piece.from;
  const add = (kind: Name, part: Piece | undefined): void => {
    if (part !== undefined && part.from >= at) {
      side.add(kind, part.from, part.to);
      at = Math.max(at, part.to);
    }
  };
  for (const { name, type, default: value, description } of entriesSoFar(
    piece
  )) {
    addComments(side, piece.between(at, name.from));
    at = Math.max(at, name.from);
    add('FieldName', name);
    add('Type', type);
    add('Default', value);
    if (description !== undefined) {
      const hash = piece.whole.lastIndexOf('#', description.from);
      add('Description', piece.between(hash, description.to));
    }
  }
  addComments(side, piece.between(at, piece.to));
  tree.put(side.build(piece.to), piece.from);
}

/** Comments that have a line for themselves. */
function addComments(side: Branch, piece: Piece): void {
  for (const line of piece.lines().map(each => each.strip())) {
    if (line.text.startsWith('#')) {
      side.add('Description', line.from, line.to);
    }
  }
}

const SLOT = /(?<!\\)\{\{[^{}\n]*\}\}/g;

/** Lines that begin with the name of a field open it; `{{name}}` is a value of the notebook. */
function addInputs(tree: Branch, body: Piece, inputs: readonly string[]): void {
  for (const line of body.lines()) {
    const name = inputs.find(each => line.text.startsWith(`${each}:`));
    if (inputs.length > 1 && name !== undefined) {
      tree.add('Label', line.from, line.from + name.length + 1);
    }
    for (const found of line.text.matchAll(SLOT)) {
      const from = line.from + found.index;
      tree.add('Slot', from, from + found[0].length);
    }
  }
}
