// Before anything is drawn: what only works with scripts is shown, and what only serves those without is not.
document.documentElement.classList.add("scripted");
