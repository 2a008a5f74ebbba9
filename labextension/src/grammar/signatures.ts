/**
 * A signature as a cell: an instruction, the inputs, a line `->`, the outputs.
 *
 * The paragraph directly before the arrow lists the inputs, the one after it the outputs; all before is the
 * instruction. A short signature may have its arrow inside the last paragraph: `question -> answer`. What is said of a
 * mistake is what Python says; `tests/signatures/grammar_cases.json` holds both to it.
 */

import { firstArrow, isSentence, noArrow, refuseOther } from './arrows';
import { isClass, readClass } from './classes';
import type { IDeclared, Role } from './fields';
import { readFields, refuseTwins } from './fields';
import type { IMistake } from './pieces';
import type { Piece } from './pieces';
import { Refused, mistakeFoundBy, unlessRefused } from './pieces';
import { marks } from './scanning';
import type { IScope } from './names';
import { NOTHING } from './names';

/** The parts of a signature's text. */
export interface ILayout {
  above: Piece[];
  inputs: Piece;
  arrow: Piece;
  outputs: Piece;
  below: Piece[];
}

const FIELD_START = /^\s*[\p{L}_][\p{L}\p{N}_]*\s*(?:[:=#]|$)/u;
const ONE_ARROW = 'A signature has one, between inputs and outputs.';

/**
 * What is wrong with a signature's text, or null: because it can be read, or because only a kernel can tell.
 *
 * @param scope Names that the notebook may have given a meaning.
 */
export function mistakeOf(
  cell: Piece,
  scope: IScope = NOTHING
): IMistake | null {
  return mistakeFoundBy(() => {
    if (cell.isBlank) {
      throw cell
        .between(cell.from, cell.from)
        .error(
          'the signature is empty.',
          'Write question -> answer, for example.'
        );
    }
    refuseTwins((isClass(cell.text) ? readClass : read)(cell, scope));
  });
}

/** The parts of a signature that is still being written, or null where it is nothing but an instruction yet. */
export function layoutOf(cell: Piece): ILayout | null {
  const lines = cell.lines();
  const arrow = lines.findIndex(line => line.text.trim() === '->');
  if (arrow >= 0) {
    return around(cell, lines, arrow);
  }
  if (cell.text.includes('->')) {
    try {
      return withArrowInside(cell, false);
    } catch (error) {
      unlessRefused(error);
    }
  }
  return withoutArrow(cell);
}

/** Fields that nobody has written an arrow below yet. */
function withoutArrow(cell: Piece): ILayout | null {
  const above = cell.paragraphs();
  const inputs = above.pop();
  if (inputs === undefined || !/^\s*[\p{L}\p{N}_]+\s*:/u.test(inputs.text)) {
    return null;
  }
  const end = cell.between(cell.to, cell.to);
  const open = cell.between(inputs.from, cell.to);
  return { above, inputs: open, arrow: end, outputs: end, below: [] };
}

function read(cell: Piece, scope: IScope): IDeclared[] {
  const layout = withArrowLine(cell) ?? withArrowInside(cell, true);
  const fields = [
    ...side(layout, 'input', scope),
    ...side(layout, 'output', scope)
  ];
  if (layout.below.length > 0) {
    throw stranded(layout.below[0]!, 'output');
  }
  for (const paragraph of layout.above) {
    if (listsFields(paragraph, scope)) {
      throw stranded(paragraph, 'input');
    }
  }
  return fields;
}

function withArrowLine(cell: Piece): ILayout | null {
  const lines = cell.lines();
  const arrows = lines.flatMap((line, at) =>
    line.text.trim() === '->' ? [at] : []
  );
  if (arrows.length === 0) {
    return null;
  }
  if (arrows.length > 1) {
    throw lines[arrows[1]!]!.strip().error('this is a second `->`.', ONE_ARROW);
  }
  const layout = around(cell, lines, arrows[0]!);
  refuseProse(layout.inputs);
  return layout;
}

function around(cell: Piece, lines: Piece[], arrow: number): ILayout {
  let first = arrow;
  while (first > 0 && !lines[first - 1]!.isBlank) {
    first--;
  }
  let last = arrow;
  while (last + 1 < lines.length && !lines[last + 1]!.isBlank) {
    last++;
  }
  return {
    above: cell.between(cell.from, lines[first]!.from).paragraphs(),
    inputs: cell.between(lines[first]!.from, lines[arrow]!.from),
    arrow: lines[arrow]!.strip(),
    outputs: cell.between(lines[arrow]!.to, lines[last]!.to),
    below: cell.between(lines[last]!.to, cell.to).paragraphs()
  };
}

/** The layout of `question -> answer`, alone or as a paragraph of a cell. */
function withArrowInside(cell: Piece, isStrict: boolean): ILayout {
  const paragraphs = cell.paragraphs();
  const at = paragraphs.map(each => each.text.includes('->')).lastIndexOf(true);
  if (at < 0) {
    throw noArrow(cell, paragraphs);
  }
  const paragraph = paragraphs[at]!;
  if (isStrict) {
    refuseProse(paragraph);
  }
  const arrow = firstArrow(paragraph, isStrict);
  if (arrow === null) {
    throw noArrow(cell, paragraphs);
  }
  refuseOther(paragraph, arrow);
  const inputs = paragraph.between(paragraph.from, arrow.from);
  if (isStrict && isSentence(inputs.text)) {
    refuseProse(inputs); // `Do it. -> answer`
  }
  return {
    above: paragraphs.slice(0, at),
    inputs,
    arrow,
    outputs: paragraph.between(arrow.to, paragraph.to),
    below: paragraphs.slice(at + 1)
  };
}

function side(layout: ILayout, role: Role, scope: IScope): IDeclared[] {
  const [piece, apart] =
    role === 'input'
      ? [layout.inputs, layout.above[layout.above.length - 1]]
      : [layout.outputs, layout.below[0]];
  const fields = readFields(piece, role, scope);
  if (fields.length > 0) {
    return fields;
  }
  if (apart !== undefined && startsFields(apart)) {
    throw stranded(apart, role);
  }
  const [where, example] =
    role === 'input' ? ['before', 'question: str'] : ['after', 'answer: str'];
  throw layout.arrow.error(
    `there is no ${role} ${where} the \`->\`.`,
    `Write at least one field, like ${example}.`
  );
}

/** The error of a paragraph that a blank line keeps from its side. */
function stranded(paragraph: Piece, role: Role): Refused {
  const lines = paragraph.lines();
  const line = lines[role === 'input' ? lines.length - 1 : 0]!.strip();
  if (role === 'output' && !startsFields(paragraph)) {
    return line.error(
      'this stands after the outputs.',
      'Write the instruction above the inputs.'
    );
  }
  const where = role === 'input' ? 'after' : 'before';
  let hint = `Remove the blank line ${where} it`;
  if (!paragraph.text.includes(':') && role === 'input') {
    hint += ', or end it with a full stop if it is the instruction';
  }
  return line.error(`this ${role} stands apart from the \`->\`.`, `${hint}.`);
}

function startsFields(paragraph: Piece): boolean {
  return paragraph.lines().every(line => FIELD_START.test(line.text));
}

/** Whether a paragraph of the instruction is all field lines; a capitalised word alone is prose. */
function listsFields(paragraph: Piece, scope: IScope): boolean {
  if (!startsFields(paragraph)) {
    return false;
  }
  let fields: IDeclared[];
  try {
    fields = readFields(paragraph, 'input', scope);
  } catch (error) {
    if (error instanceof Refused) {
      return false;
    }
    throw error;
  }
  return (
    [...marks(paragraph)].some(mark => ':='.includes(mark.kind)) ||
    fields.every(({ name }) => isLower(name))
  );
}

function isLower(name: string): boolean {
  return name === name.toLowerCase() && name !== name.toUpperCase();
}

/** An instruction that no blank line divides from the fields below it, or that has none below it. */
function refuseProse(paragraph: Piece): void {
  const lines = paragraph
    .lines()
    .filter(line => !line.isBlank)
    .map(line => line.strip());
  const [first] = lines;
  if (first === undefined || !isProse(first.text)) {
    return;
  }
  if (!lines.every(line => isProse(line.text))) {
    throw first.error(
      'this is not a field.',
      'Leave a blank line between the instruction and the inputs.'
    );
  }
  throw first.error(
    'this is no input, and no other stands before the `->`.',
    'Write one, like question: str, below a blank line.'
  );
}

function isProse(line: string): boolean {
  const isPlain = !/[:=[#,>]/.test(line);
  const isLong = line.trim().split(/\s+/u).length > 2;
  const counted = [isSentence(line), isPlain, isLong].filter(Boolean).length;
  return counted >= 2 && !FIELD_START.test(line);
}
