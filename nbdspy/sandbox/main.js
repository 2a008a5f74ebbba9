// Stands between the host and the worker that runs the code: lines of JSON in, and lines that begin with a secret out.
// The worker never learns the secret, so nothing that it brings to standard output is taken for a line of ours.

const encoder = new TextEncoder();
const incoming = lines(Deno.stdin.readable);
const { secret, snapshot, network, most } = JSON.parse((await incoming.next()).value);

const output = { length: new Int32Array(new SharedArrayBuffer(4)), bytes: shared(most.output) };
const answer = { state: new Int32Array(new SharedArrayBuffer(8)), bytes: shared(most.answer) };
let running = 0; // the number of the run, 0 between runs
let asking = false;

const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => heard(data);
worker.onmessageerror = () => tell({ kind: "broken", text: "It sent what cannot be read." });
worker.onerror = (event) => {
  event.preventDefault();
  tell({ kind: "broken", text: event.message });
};
worker.postMessage({ snapshot, output, answer, network });

for await (const line of incoming) {
  const { kind, number, text } = JSON.parse(line);
  if (kind === "run") {
    running = number;
    Atomics.store(output.length, 0, 0);
    worker.postMessage([number, text]);
  } else if (kind === "answer" && asking) {
    asking = false;
    reply(text);
  } else if (kind === "printed") {
    tell({ kind: "printed", output: printed() });
  }
}
Deno.exit(0); // the host has closed the line, or is gone

// What the worker says counts when it has the right form, at the right time.
function heard(data) {
  const [kind, number, text] = Array.isArray(data) ? data : [];
  if (typeof text !== "string" || text.length > most.text) return tell({ kind: "broken", text: "It said too much." });
  if (kind === "ready" && running === 0) {
    Deno.permissions.revokeSync({ name: "read" });
    tell({ kind, version: Deno.version.deno });
  } else if (kind === "ask" && running === 0) {
    reply(JSON.stringify({ error: "RuntimeError", message: "The run has ended." }));
  } else if (kind === "ask" && !asking) {
    asking = true;
    tell({ kind, text });
  } else if ((kind === "done" || kind === "broken") && number === running && !asking) {
    running = 0;
    tell({ kind, text, output: printed() });
  }
}

// Lets the worker go on, which stands still until it has its answer.
function reply(text) {
  Atomics.store(answer.state, 1, encoder.encodeInto(text, answer.bytes).written);
  Atomics.store(answer.state, 0, 1);
  Atomics.notify(answer.state, 0);
}

function printed() {
  const length = Math.min(Math.max(0, Atomics.load(output.length, 0)), output.bytes.length);
  return new TextDecoder().decode(output.bytes.slice(0, length));
}

function tell(message) {
  const bytes = encoder.encode(`\n${secret}${JSON.stringify(message)}\n`);
  for (let sent = 0; sent < bytes.length; ) sent += Deno.stdout.writeSync(bytes.subarray(sent));
}

function shared(size) {
  return new Uint8Array(new SharedArrayBuffer(size));
}

async function* lines(stream) {
  let parts = [];
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const [first, ...rest] = chunk.split("\n");
    parts.push(first);
    for (const piece of rest) {
      yield parts.join("");
      parts = [piece];
    }
  }
}
