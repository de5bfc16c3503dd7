// Proposes the time zone of this computer, as long as nobody chose another.
const zone = document.querySelector("[data-setup] [name=zone]");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && zone.value === "UTC" && [...zone.options].some((option) => option.value === here)) zone.value = here;
