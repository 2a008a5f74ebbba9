/** Cards on a page: always cleaned, and text where there is no HTML. */

import { Card } from '../src/cards';

const HOSTILE = '<b>kept</b><script>alert(1)</script>';
const sanitizer = {
  sanitize: (html: string) => html.replace(/<script.*?<\/script>/g, '')
};

test('a card is cleaned, however often it is drawn', () => {
  const card = new Card(sanitizer, { 'text/html': HOSTILE });
  expect(card.node.innerHTML).toBe('<b>kept</b>');

  card.draw({ 'text/html': `<i>next</i>${HOSTILE}` });

  expect(card.node.innerHTML).toBe('<i>next</i><b>kept</b>');
});

test('texts of a notebook may be lists of their lines', () => {
  const card = new Card(sanitizer, { 'text/html': ['<b>on', 'e</b>'] });

  expect(card.node.innerHTML).toBe('<b>one</b>');
});

test('what has no HTML is shown as the text that it is', () => {
  const card = new Card(sanitizer, { 'text/plain': HOSTILE });

  expect(card.node.querySelector('pre')!.textContent).toBe(HOSTILE);
  expect(card.node.querySelector('b')).toBeNull();
});
