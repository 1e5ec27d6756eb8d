// The npm package openai, unchanged: it takes where to ask from its environment.
//
//   export OPENAI_BASE_URL=http://localhost:8010/v1 OPENAI_API_KEY=none-is-needed
//   node openai.cjs
//
// The key is not looked at, and does not leave this machine; with `vespa proxy --auth-token-file` it
// is that file's token.
const OpenAI = require('openai');

async function main() {
  const stream = await new OpenAI().chat.completions.create({
    model: 'llama-2-7b',
    messages: [{ role: 'user', content: 'Hello!' }],
    max_tokens: 100,
    stream: true,
  });
  for await (const chunk of stream) {
    process.stdout.write(chunk.choices[0]?.delta?.content ?? '');
  }
  console.log();
}

main();
