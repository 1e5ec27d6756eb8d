<?php
// The requests of the command line, as options of the curl extension.

function requests(array $words): array
{
    return array_map(fn($pair) => ['url' => $pair[0], 'body' => $pair[1]], array_chunk($words, 2));
}

function is_stream(array $request): bool
{
    return str_contains($request['url'], '/stream/');
}

function handle(array $request): CurlHandle
{
    $handle = curl_init($request['url']);
    curl_setopt($handle, CURLOPT_RETURNTRANSFER, true);
    curl_setopt($handle, CURLOPT_USERAGENT, 'client/1');
    if ($request['body'] !== '') {
        curl_setopt($handle, CURLOPT_POSTFIELDS, $request['body']);
        curl_setopt($handle, CURLOPT_HTTPHEADER, ['Content-Type: application/json']);
    }
    if (is_stream($request)) {
        curl_setopt($handle, CURLOPT_WRITEFUNCTION, function ($handle, $piece) {
            echo $piece;
            return strlen($piece);
        });
    }
    return $handle;
}

function report(int $number, CurlHandle $handle, int $error, $body): void
{
    echo is_string($body) ? $body : '';
    echo "\n", $number, ' ', curl_getinfo($handle, CURLINFO_RESPONSE_CODE), ' ',
        curl_getinfo($handle, CURLINFO_CONTENT_TYPE) ?: '-', ' ',
        curl_getinfo($handle, CURLINFO_SIZE_DOWNLOAD_T), ' ', $error, "\n";
}
