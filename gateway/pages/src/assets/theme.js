// The colours that were chosen, before anything is painted.
try {
  const theme = localStorage.getItem("windrose.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing goes with the system.
}
