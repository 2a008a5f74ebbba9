/** What pages have, and jsdom has not. */

globalThis.DragEvent ??= class extends MouseEvent {} as typeof DragEvent;
