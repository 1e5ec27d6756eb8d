<?php
// PHP's curl_exec, one request after the other, each handle used once.
require __DIR__ . '/requests.php';

foreach (requests(array_slice($argv, 1)) as $number => $request) {
    $handle = handle($request);
    $body = curl_exec($handle);
    report($number, $handle, curl_errno($handle), $body);
}
