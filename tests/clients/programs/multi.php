<?php
// PHP's curl_multi_exec and curl_multi_select.
require __DIR__ . '/requests.php';

$multi = curl_multi_init();
$handles = [];
foreach (requests(array_slice($argv, 1)) as $number => $request) {
    $handles[$number] = handle($request);
    curl_multi_add_handle($multi, $handles[$number]);
}
do {
    $code = curl_multi_exec($multi, $running);
    while ($message = curl_multi_info_read($multi)) {
        $handle = $message['handle'];
        $number = array_search($handle, $handles, true);
        if ($number === false) {
            die("a message for a handle of somebody else\n");
        }
        report($number, $handle, $message['result'], curl_multi_getcontent($handle));
        curl_multi_remove_handle($multi, $handle);
    }
    if ($running) {
        curl_multi_select($multi, 1.0);
    }
} while ($running && $code === CURLM_OK);
