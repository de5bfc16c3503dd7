<?php
// The site as new: all that anybody wrote is gone, its people have their roles and new application passwords, which are
// told as JSON. The passwords that they would log in with nobody knows.
require $_SERVER['DOCUMENT_ROOT'] . '/wp-load.php';

$people = [
    'webmaster' => ['administrator', 'Wanda'],
    'cityhall' => ['editor', 'City Hall'],
    'resident' => ['editor', 'Rita'],
    'trainee' => ['contributor', 'Tom'],
    'citizen' => ['subscriber', 'Cem'],
];

foreach (['posts', 'postmeta', 'comments', 'commentmeta', 'term_relationships'] as $table) {
    $wpdb->query("DELETE FROM {$wpdb->$table}");
}
$wpdb->query("DELETE FROM {$wpdb->term_taxonomy} WHERE term_id <> 1"); // 1 is “Uncategorized”
$wpdb->query("DELETE FROM {$wpdb->terms} WHERE term_id <> 1");
update_option('permalink_structure', '/%postname%/');
update_option('rewrite_rules', '');

$told = [];
foreach ($people as $name => [$role, $shown]) {
    $user = get_user_by('login', $name) ?: get_user_by('id', wp_insert_user([
        'user_login' => $name, 'user_pass' => wp_generate_password(24), 'user_email' => "$name@example.org",
        'display_name' => $shown,
    ]));
    $user->set_role($role);
    WP_Application_Passwords::delete_all_application_passwords($user->ID);
    [$told[$name]] = WP_Application_Passwords::create_new_application_password($user->ID, ['name' => 'Clarion']);
}
header('Content-Type: application/json');
echo json_encode($told);
