"""Addresses of the library: files, folders, uploads, and the dialog to pick from it."""

from __future__ import annotations

from django.urls import URLPattern, path

from clarion.web.pages import library, library_file, uploads

urlpatterns: list[URLPattern] = [
    path("w/<uuid:workspace>/library", library.library, name="library"),
    path("w/<uuid:workspace>/library/add", library.add, name="library_add"),
    path("w/<uuid:workspace>/library/many", library.many, name="library_many"),
    path("w/<uuid:workspace>/library/pick", library.pick, name="library_pick"),
    path("w/<uuid:workspace>/library/quota", library.quota, name="library_quota"),
    path("w/<uuid:workspace>/library/folders", library.open_folder, name="folder_open"),
    path("w/<uuid:workspace>/library/folders/<uuid:folder>/rename", library.rename_folder, name="folder_rename"),
    path("w/<uuid:workspace>/library/folders/<uuid:folder>/remove", library.remove_folder, name="folder_remove"),
    path("w/<uuid:workspace>/library/<uuid:media>", library_file.page, name="library_media"),
    path("w/<uuid:workspace>/library/<uuid:media>/original", library_file.original, name="library_original"),
    path("w/<uuid:workspace>/library/<uuid:media>/change", library_file.change, name="library_change"),
    path("w/<uuid:workspace>/library/<uuid:media>/rights", library_file.rights, name="library_rights"),
    path("w/<uuid:workspace>/library/<uuid:media>/version", library_file.version, name="library_version"),
    path("w/<uuid:workspace>/library/<uuid:media>/bring-back", library_file.bring_back, name="library_bring_back"),
    path("w/<uuid:workspace>/library/<uuid:media>/take", library_file.take, name="library_take"),
    path("w/<uuid:workspace>/library/<uuid:media>/remove", library_file.remove, name="library_remove"),
    path("w/<uuid:workspace>/library/<uuid:media>/restore", library_file.restore, name="library_restore"),
    path("w/<uuid:workspace>/uploads", uploads.begin, name="upload_begin"),
    path("w/<uuid:workspace>/uploads/<uuid:upload>", uploads.upload, name="upload"),
]
