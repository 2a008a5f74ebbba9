// Runs the code, in a thread of its own. It holds no secret and no permission: all that it says may be the code's doing.

import { loadPyodide } from "npm:pyodide@314.0.7";

// What stays of the global names: the language's own, and what Pyodide needs while it runs.
const KEPT = new Set(`
  Object Function Array Number Boolean String Symbol BigInt Math JSON Date RegExp Promise Proxy Reflect Intl
  Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError SuppressedError
  Map Set WeakMap WeakSet WeakRef FinalizationRegistry Iterator AsyncIterator DisposableStack AsyncDisposableStack
  ArrayBuffer SharedArrayBuffer DataView Atomics Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array
  Int32Array Uint32Array BigInt64Array BigUint64Array Float16Array Float32Array Float64Array
  Infinity NaN undefined isFinite isNaN parseFloat parseInt decodeURI decodeURIComponent encodeURI encodeURIComponent
  globalThis eval escape unescape WebAssembly TextDecoder TextEncoder crypto performance console
  setTimeout clearTimeout setInterval clearInterval setImmediate queueMicrotask MessageChannel AbortController AbortSignal
`.trim().split(/\s+/));
const NETWORK = ["fetch", "Request", "Response", "Headers", "URL", "URLSearchParams", "FormData", "Blob"];

const say = self.postMessage.bind(self);
const hear = self.addEventListener.bind(self);
const { revokeSync } = Deno.permissions;
const revoke = revokeSync.bind(Deno.permissions);

hear("message", ({ data }) => start(data), { once: true });
hear("unhandledrejection", (event) => event.preventDefault());

async function start({ snapshot, output, answer, network }) {
  const pyodide = await loadPyodide({ _loadSnapshot: Deno.readFileSync(snapshot) });
  for (const name of ["read", "net"]) {
    if (name !== "net" || !network) revoke({ name });
  }
  const inside = pyodide.pyimport("_inside");
  inside.connect(writer(output), asker(answer));
  const print = bytesWriter(output);
  pyodide.setStdout({ write: print });
  pyodide.setStderr({ write: print });
  pyodide.setStdin({ error: true });
  const { run } = inside;
  if (!network) inside.forget("js", "pyodide_js");
  strip(network ? NETWORK : []);
  let running = 0;
  const broken = (error) => say(["broken", running, String(error)]);
  pyodide._api.on_fatal = broken; // such as a stack that overflows below Python
  hear("message", async ({ data: [number, text] }) => {
    running = number;
    try {
      say(["done", number, await run.callPromising(text)]);
    } catch (error) {
      broken(error);
    }
  });
  say(["ready", 0, ""]);
}

// Removes every other global name, from the global object and from what it inherits; only listening to events stays.
function strip(more) {
  const last = EventTarget.prototype;
  for (let holder = globalThis; holder !== last && holder !== null; holder = Object.getPrototypeOf(holder)) {
    for (const name of Object.getOwnPropertyNames(holder)) {
      if (name !== "constructor" && !KEPT.has(name) && !more.includes(name)) Reflect.deleteProperty(holder, name);
    }
  }
  const silent = () => {};
  globalThis.console = Object.freeze({ log: silent, info: silent, warn: silent, error: silent, debug: silent });
}

// What the code prints goes into memory shared with the main thread, which can read it while the code runs.
function bytesWriter({ length, bytes }) {
  return (text) => {
    const begin = Atomics.load(length, 0);
    const part = text.subarray(0, Math.max(0, bytes.length - begin));
    bytes.set(part, begin);
    Atomics.store(length, 0, begin + part.length);
    return text.length; // what is too much is dropped here; who prints in the usual way is told before
  };
}

function writer(output) {
  const [encoder, write] = [new TextEncoder(), bytesWriter(output)];
  return (text) => write(encoder.encode(text)) && undefined;
}

// A question to the host. This thread stands still until the main thread has put the answer into shared memory.
function asker({ state, bytes }) {
  const decoder = new TextDecoder();
  return (text) => {
    Atomics.store(state, 0, 0);
    say(["ask", 0, text]);
    Atomics.wait(state, 0, 0);
    return decoder.decode(bytes.slice(0, Atomics.load(state, 1)));
  };
}
