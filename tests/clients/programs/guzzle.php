<?php
// Guzzle over curl_multi: all requests as promises that are settled together, or through a pool.
// usage: guzzle.php settle|pool URL BODY...
require __DIR__ . '/requests.php';
require 'GuzzleHttp/autoload.php';

use GuzzleHttp\Client;
use GuzzleHttp\Exception\RequestException;
use GuzzleHttp\Exception\TransferException;
use GuzzleHttp\Handler\CurlMultiHandler;
use GuzzleHttp\HandlerStack;
use GuzzleHttp\Pool;
use GuzzleHttp\Promise\Utils;
use GuzzleHttp\Psr7\FnStream;
use GuzzleHttp\Psr7\Utils as Psr7;
use Psr\Http\Message\ResponseInterface;

function print_response(int $number, ResponseInterface $response, int $error, int $streamed): void
{
    $body = $streamed ? '' : (string) $response->getBody();
    echo $body, "\n", $number, ' ', $response->getStatusCode(), ' ',
        $response->getHeaderLine('Content-Type') ?: '-', ' ', $streamed ?: strlen($body), ' ',
        $error, "\n";
}

// A promise of one request's report.
function send(Client $client, int $number, array $request)
{
    $streamed = 0;
    $options = ['http_errors' => false, 'headers' => ['User-Agent' => 'client/1']];
    if ($request['body'] !== '') {
        $options['body'] = $request['body'];
        $options['headers']['Content-Type'] = 'application/json';
    }
    if (is_stream($request)) {
        $options['sink'] = FnStream::decorate(Psr7::streamFor(''), [
            'write' => function ($piece) use (&$streamed) {
                echo $piece;
                $streamed += strlen($piece);
                return strlen($piece);
            },
        ]);
    }
    return $client->requestAsync($request['body'] === '' ? 'GET' : 'POST', $request['url'], $options)
        ->then(
            function ($response) use ($number, &$streamed) {
                print_response($number, $response, 0, $streamed);
            },
            function (TransferException $reason) use ($number) {
                $context = method_exists($reason, 'getHandlerContext') ? $reason->getHandlerContext() : [];
                $response = $reason instanceof RequestException ? $reason->getResponse() : null;
                echo "\n", $number, ' ', $response ? $response->getStatusCode() : 0, ' - 0 ',
                    $context['errno'] ?? -1, "\n";
            }
        );
}

$client = new Client(['handler' => HandlerStack::create(new CurlMultiHandler())]);
$requests = requests(array_slice($argv, 2));
if ($argv[1] === 'settle') {
    $promises = [];
    foreach ($requests as $number => $request) {
        $promises[] = send($client, $number, $request);
    }
    Utils::settle($promises)->wait();
} else {
    $calls = function () use ($client, $requests) {
        foreach ($requests as $number => $request) {
            yield fn() => send($client, $number, $request);
        }
    };
    (new Pool($client, $calls(), ['concurrency' => 4]))->promise()->wait();
}
