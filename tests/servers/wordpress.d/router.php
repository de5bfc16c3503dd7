<?php
// What a web server's rewriting does: a file that is there is served, all else is WordPress's. And one door for tests.
$site = $_SERVER['DOCUMENT_ROOT'];
$path = rawurldecode(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
if ($path === '/_anew/' . json_decode(file_get_contents(dirname($site) . '/run.json'), true)['key']) {
    require __DIR__ . '/anew.php';
    return true;
}
if ($path !== '/' && is_file($site . $path)) {
    return false;
}
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
require $site . '/index.php';
