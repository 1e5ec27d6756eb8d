// The npm package openai, which takes OPENAI_BASE_URL and OPENAI_API_KEY from the environment.
const OpenAI = require('openai');

const chat = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 4 };

async function main() {
  const client = new OpenAI({ maxRetries: 0 });
  const models = await client.models.list();
  console.log('models', models.data.length > 0);

  const whole = await client.chat.completions.create(chat);
  console.log('chat', whole.object, whole.choices[0].message.content.length > 0);

  let pieces = 0;
  let content = '';
  for await (const chunk of await client.chat.completions.create({ ...chat, stream: true })) {
    pieces++;
    content += chunk.choices[0]?.delta?.content ?? '';
  }
  console.log('stream', pieces > 2, content.length > 0);

  try {
    await client.post('/nothing/here', { body: {} });
  } catch (error) {
    console.log('error', error.constructor.name, error.status);
  }
}

main();
