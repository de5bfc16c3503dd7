"""All addresses: the pages of ``clarion.web`` and the sign-in of allauth."""

from django.urls import include, path

urlpatterns = [
    path("account/", include("clarion.web.account_urls")),
    path("", include("clarion.web.urls")),
]

handler400 = "clarion.web.pages.errors.bad_request"
handler403 = "clarion.web.pages.errors.forbidden"
handler404 = "clarion.web.pages.errors.not_found"
handler500 = "clarion.web.pages.errors.broken"
