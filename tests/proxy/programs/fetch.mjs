// Node's fetch. usage: node fetch.mjs URL
const url = process.argv[2];
const chat = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 4 };

const post = (path, body) =>
  fetch(url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });

let answer = await fetch(url + '/v1/models');
console.log('models', answer.status, (await answer.json()).object);

answer = await post('/v1/chat/completions', chat);
console.log('chat', answer.status, (await answer.json()).object);

answer = await post('/v1/chat/completions', { ...chat, stream: true });
let text = '';
let pieces = 0;
for await (const piece of answer.body) {
  text += Buffer.from(piece).toString();
  pieces++;
}
console.log('stream', answer.status, pieces > 1, text.trimEnd().endsWith('data: [DONE]'));

// fetch asks for gzip by itself, and decodes it.
answer = await fetch(url + '/gzip');
console.log('gzip', answer.status, answer.headers.get('content-encoding'), (await answer.text()).length > 0);

const all = await Promise.all(Array.from({ length: 20 }, (_, i) => post('/echo', { i })));
const echoed = await Promise.all(all.map((one) => one.json()));
console.log('parallel', echoed.every((one, i) => one.i === i));

const controller = new AbortController();
answer = await fetch(url + '/slow-stream?chunks=1000&delay=50', { signal: controller.signal });
await answer.body.getReader().read();
controller.abort();
console.log('aborted');
