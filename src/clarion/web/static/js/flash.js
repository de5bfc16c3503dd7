// The cross of a message.
document.addEventListener("click", (event) => event.target.closest("[data-shut]")?.closest(".flash")?.remove());
