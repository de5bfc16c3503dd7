<?php
// Makes the site in the folder that is given. Its people come with anew.php.
define('WP_INSTALLING', true);
require $argv[1] . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';

wp_install('City Hall', 'webmaster', 'webmaster@example.org', true, '', wp_generate_password(24));
