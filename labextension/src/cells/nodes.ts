/** The nodes of our cells' syntax trees, and how they look. */

import {
  defineLanguageFacet,
  foldNodeProp,
  indentNodeProp,
  languageDataProp
} from '@codemirror/language';
import { NodeSet, NodeType } from '@lezer/common';
import { styleTags, tags } from '@lezer/highlight';

const NAMES = [
  'Cell',
  'Magic',
  'Name',
  'Option',
  'Value',
  'Word',
  'Instruction',
  'Inputs',
  'Outputs',
  'FieldName',
  'Mark',
  'Type',
  'Default',
  'Arrow',
  'Description',
  'Label',
  'Slot',
  'Python'
] as const;

export type Name = (typeof NAMES)[number];

/** What editors ask of a language beside its tree. */
export const DATA = defineLanguageFacet({
  commentTokens: { line: '#' },
  closeBrackets: { brackets: ['(', '[', '{', '"', '"""'] },
  indentOnInput: /^\s*([}\])]|else:|elif |except |finally:)$/
});

const SET = new NodeSet(
  NAMES.map((name, id) => NodeType.define({ id, name, top: name === 'Cell' }))
).extend(
  styleTags({
    Magic: tags.meta,
    Name: tags.definition(tags.variableName),
    Option: tags.attributeName,
    Value: tags.string,
    Instruction: tags.docString,
    FieldName: tags.definition(tags.variableName),
    Mark: tags.punctuation,
    Arrow: tags.keyword,
    Description: tags.comment,
    Label: tags.definition(tags.variableName),
    Slot: tags.special(tags.string)
  }),
  languageDataProp.add({ Cell: DATA }),
  // What stands in the line above; brackets of types and all of Python indent by their own rules.
  indentNodeProp.add({ Cell: () => null }),
  foldNodeProp.add({
    Cell: (node, state) => {
      const first = state.doc.lineAt(node.firstChild?.from ?? 0);
      return first.text.startsWith('%%') && first.to < node.to
        ? { from: first.to, to: node.to }
        : null;
    },
    Instruction: (node, state) => ({
      from: state.doc.lineAt(node.from).to,
      to: node.to
    })
  })
);

const BY_NAME = new Map(SET.types.map(type => [type.name, type]));

/** The type of a node. */
export function typeOf(name: Name): NodeType {
  return BY_NAME.get(name)!;
}
