<?php
// Guzzle with its default handler. usage: guzzle.php URL
require 'GuzzleHttp/autoload.php';

$client = new GuzzleHttp\Client(['base_uri' => $argv[1], 'http_errors' => false]);
$chat = ['model' => 'm', 'messages' => [['role' => 'user', 'content' => 'Hi']], 'max_tokens' => 4];

$answer = $client->get('/v1/models');
echo 'models ', $answer->getStatusCode(), ' ', json_decode($answer->getBody())->object, "\n";

$answer = $client->post('/v1/chat/completions', ['json' => $chat]);
echo 'chat ', $answer->getStatusCode(), ' ', json_decode($answer->getBody())->object, "\n";

// By PHP's own streams, not by libcurl.
$answer = $client->post('/v1/chat/completions', ['json' => $chat + ['stream' => true], 'stream' => true]);
$text = '';
while (!$answer->getBody()->eof()) {
    $text .= $answer->getBody()->read(64);
}
echo 'stream ', $answer->getStatusCode(), ' ', trim(strrchr($text, 'd')), "\n";

$promises = [];
for ($i = 0; $i < 10; $i++) {
    $promises[] = $client->postAsync('/echo', ['json' => ['i' => $i]]);
}
$right = true;
foreach (GuzzleHttp\Promise\Utils::unwrap($promises) as $i => $answer) {
    $right = $right && (string) $answer->getBody() === "{\"i\":$i}";
}
echo 'parallel ', $right ? 'right' : 'wrong', "\n";
